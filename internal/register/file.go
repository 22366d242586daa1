package register

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// lockPatience is how long OpenFile waits for another process to let go of the file, such
// as one that is being replaced by this one.
const lockPatience = 2 * time.Second

// values is the bucket of a file; its sequence is the revision of the last write.
var values = []byte("values")

// File is a store in one file. A write has been synced to disk when it returns. A process
// that is killed, or a machine that loses its power, leaves the state after the last write
// that returned, or after the one that had begun.
type File struct {
	db       *bbolt.DB
	watchers watchers
	mu       sync.Mutex // orders writes and what watchers are told of them; held while one write is synced
}

// OpenFile opens a store, or makes it, readable for its owner only; the caller syncs the
// folder of a new one. One process can have it open.
func OpenFile(path string) (*File, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockPatience})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%s is in use by another process; a data folder serves one at a time", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(values)
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	return &File{db: db}, nil
}

// List implements [Store].
func (f *File) List(context.Context) (list []Entry, err error) {
	list, _, err = f.read()
	return list, err
}

// read returns all values, and the revision of the last write.
func (f *File) read() (list []Entry, last uint64, err error) {
	err = f.db.View(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(values)
		last = bucket.Sequence()
		return bucket.ForEach(func(name, stored []byte) error {
			list = append(list, decode(name, stored))
			return nil
		})
	})
	return list, last, closedError(err)
}

// decode copies an entry: bbolt's memory is valid within its transaction only.
func decode(name, stored []byte) Entry {
	return Entry{Name: string(name), Revision: revisionOf(stored), Value: slices.Clone(stored[8:])}
}

// revisionOf returns the revision of a stored value, which it begins with; 0 of none.
func revisionOf(stored []byte) uint64 {
	if len(stored) < 8 {
		return 0
	}
	return binary.BigEndian.Uint64(stored)
}

// Put implements [Store].
func (f *File) Put(_ context.Context, name string, value []byte, revision uint64) (uint64, error) {
	if len(value) > MaxValue {
		return 0, ErrTooLarge
	}
	return f.write(Entry{Name: name, Value: append([]byte{}, value...), Revision: revision})
}

// Delete implements [Store].
func (f *File) Delete(_ context.Context, name string, revision uint64) (uint64, error) {
	return f.write(Entry{Name: name, Revision: revision})
}

// write replaces the value with the revision of e by that of e.
func (f *File) write(e Entry) (uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.db.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(values)
		old := bucket.Get([]byte(e.Name))
		if revisionOf(old) != e.Revision || old == nil && e.Value == nil {
			return ErrRevision
		}
		revision, err := bucket.NextSequence()
		if err != nil {
			return err
		}
		e.Revision = revision
		if e.Value == nil {
			return bucket.Delete([]byte(e.Name))
		}
		return bucket.Put([]byte(e.Name), append(binary.BigEndian.AppendUint64(nil, revision), e.Value...))
	})
	if err != nil {
		return 0, closedError(err)
	}
	f.watchers.publish(e)
	return e.Revision, nil
}

// Watch implements [Store].
func (f *File) Watch(ctx context.Context, known map[string]uint64, changed func(Entry)) error {
	f.mu.Lock()
	entries, last, err := f.read()
	if err != nil {
		f.mu.Unlock()
		return err
	}
	one := f.watchers.add(known, entries, last)
	f.mu.Unlock()
	return f.watchers.follow(ctx, one, changed)
}

// Close implements [Store].
func (f *File) Close() error {
	err := f.db.Close()
	f.watchers.close()
	return err
}

func closedError(err error) error {
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}
