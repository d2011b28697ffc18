"""The instructor's side of the homework: release, collect, grade, feedback and grades. It builds on nbgrader.

Only this package imports nbgrader (`pip install -e ".[instructor]"`), and nothing else imports this package.
Each command is a function in the module of its name. `notebooks/homework/README.md` is the manual;
`python -m gan_course.homework --help` lists the commands.
"""
