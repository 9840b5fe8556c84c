"""Reading archives from strangers in a process of their own, which can do nothing but read and answer.

`bounded` starts that process, `confined` is what it enters, `tar` and `zip` are what it does there, `records`
is what the two say to each other. What is said is checked again by `grading.archives`.
"""
