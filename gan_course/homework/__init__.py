"""The instructor's side of the homework: release, take in, grade, feedback, grades. It runs nbgrader, and adds to it.

Only this package imports nbgrader (`pip install -e ".[instructor]"`), and nothing else imports this package.
`notebooks/homework/README.md` is its manual; `python -m gan_course.homework --help` lists its commands.
"""
