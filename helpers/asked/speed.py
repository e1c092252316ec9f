"""What people ask about speed, cores and memory."""

from helpers.asked import Asked

ASKED = (
    Asked(
        "Why is my pool slower than my loop?",
        "Sending the items and the results takes longer than the work. Send less, and let each task do more.",
        "08-share-data#Slower than my loop",
        "https://stackoverflow.com/questions/20727375",
        words="slow no speedup overhead worse than serial pickling",
    ),
    Asked(
        "Do more processes always mean more speed?",
        "No. Once all usable cores are busy, they only take turns.",
        "01-what-is-multiprocessing#Measure",
        "https://stackoverflow.com/questions/20039659",
        words="number workers cores too many slower",
    ),
    Asked(
        "How many workers should I use?",
        "As many as there are usable cores, if they compute. If they wait, more of them, and threads will do.",
        "01-what-is-multiprocessing#What people ask",
        "https://stackoverflow.com/questions/20039659",
        below="How many workers should I use?",
        words="best number processes pool size cpu_count",
    ),
    Asked(
        "Does `os.cpu_count()` know the limits of my container?",
        "No, and `os.process_cpu_count()` knows the affinity, but no quota. `joblib.cpu_count()` heeds both.",
        "10-how-fast-can-it-go#What people ask",
        "https://github.com/python/cpython/issues/80235",
        below="My program may be allowed fewer than that. How do I find out?",
        versions="`os.process_cpu_count()` came with Python 3.13.",
        words="Docker Kubernetes cgroup limit Slurm taskset affinity cores",
    ),
    Asked(
        "Do logical CPUs count as cores?",
        "Two of them may share a physical core, and then the second brings far less than the first.",
        "10-how-fast-can-it-go#What people ask",
        "https://stackoverflow.com/questions/40217873",
        below="How many cores can I use?",
        words="hyperthreading physical hardware threads SMT",
    ),
    Asked(
        "Why are eight workers not eight times as fast?",
        "A part that can't be divided sets the limit: 1 ÷ its share. Start-up, sending and uneven tasks take more.",
        "10-how-fast-can-it-go#A part that can't be divided",
        "https://en.wikipedia.org/wiki/Amdahl%27s_law",
        words="Amdahl linear speedup scaling efficiency serial",
    ),
    Asked(
        "Which chunksize should I use?",
        "A large one for many tiny tasks, 1 for a few long or uneven ones. `map` makes about four chunks for each "
        "worker.",
        "10-how-fast-can-it-go#The best chunksize",
        "https://stackoverflow.com/questions/53751050",
        words="chunk batch group default",
    ),
    Asked(
        "Why does one worker still work when all others are done?",
        "A long task came last, or in a large chunk. Put long tasks first, with `chunksize=1`.",
        "04-what-is-a-pool#Long tasks first",
        "https://stackoverflow.com/questions/53751050",
        words="load balance uneven idle straggler imbalance",
    ),
    Asked(
        "Is a small piece of work worth a pool?",
        "Often not: starting a worker takes longer than adding up a thousand numbers.",
        "01-what-is-multiprocessing#What people ask",
        "https://stackoverflow.com/questions/20727375",
        below="Is a small piece of work worth a pool?",
        words="overhead tiny short task start-up",
    ),
    Asked(
        "Why is NumPy in a pool slower than without one?",
        "Its library starts threads of its own in each worker. Give each worker one: `OMP_NUM_THREADS=1`.",
        "10-how-fast-can-it-go#Too many threads",
        "https://stackoverflow.com/questions/30791550",
        words="BLAS OpenBLAS MKL threadpoolctl oversubscription matrix threads",
    ),
    Asked(
        "Why is only one core busy after `import numpy`?",
        "Old builds bound the process to one CPU. Look at `os.sched_getaffinity(0)`.",
        "10-how-fast-can-it-go#What people ask",
        "https://stackoverflow.com/questions/15639779",
        below="My program may be allowed fewer than that. How do I find out?",
        versions="Linux, with old builds of NumPy's library. The cell shows what an affinity does.",
        words="affinity taskset OpenBLAS single core",
    ),
    Asked(
        "The memory of my workers keeps growing. What helps?",
        "`maxtasksperchild` replaces each worker after some tasks.",
        "04-what-is-a-pool#What people ask",
        "https://stackoverflow.com/questions/18414020",
        below="The memory of my workers keeps growing. What can I do?",
        words="memory leak RAM usage maxtasksperchild",
    ),
)
