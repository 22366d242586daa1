package datadir

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// replaceFile writes a file that its owner alone can read, in place of the one before. A
// crash leaves either of them, whole.
func replaceFile(path, text string) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".new-*") // 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(dir)
}

// syncFolder makes the names of new files durable. Windows does so without being asked,
// and syncs no folders.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(path) // #nosec G304 -- the folder that the operator has named
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
