// Package textfile reads text files that an operator wrote or named: keys, declared
// routers, alert rules and secrets.
package textfile

import (
	"fmt"
	"io"
	"os"
)

// Read reads a file of at most limit bytes. A larger one is an error: it is not what its
// setting is for, and must not fill the memory. The error names the file.
func Read(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path) // #nosec G304 -- named by the operator
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	return text, nil
}
