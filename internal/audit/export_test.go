package audit

// Lost is how many lines were lost since the last that was written.
func (l *Log) Lost() int64 { return l.lost.Load() }
