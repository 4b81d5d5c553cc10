"""The editors' workshop: checking, previewing and changing content, and training that follows what editors save.

Nothing here answers a resident. `live_content` keeps what a process says equal to the files; `watching` retrains;
`editing` turns an editor's wish into a change of one file; `releases` remembers which model belonged to which content.
"""
