package datadir

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/aprakasa/mikronec/internal/history"
)

// historyFile is the name of the file of the history in the folder.
const historyFile = "history.db"

// MaxHistory is how many bytes the history of all routers takes in the folder.
const MaxHistory = 512 << 20

// historyPatience is how long OpenHistory waits for another process to let go of the file.
const historyPatience = 2 * time.Second

// History keeps the history in one file. It has a bucket for each hour, with a block for
// each router: an hour is written at once, next to each other, and the oldest ones are
// dropped at once. Where the file is full, the oldest hours go before their time.
type History struct {
	db    *bbolt.DB
	limit int64
}

// OpenHistory opens the history in a folder. A file that is damaged is
// put aside as history.db.damaged, and damaged is why; a new one takes its place.
func OpenHistory(dir string, limit int64) (h *History, damaged, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil { // in a fleet the register is not there
		return nil, nil, fmt.Errorf("DATA_DIR: %w", err)
	}
	path := filepath.Join(dir, historyFile)
	db, err := openBolt(path)
	if isDamaged(err) {
		damaged = err
		if err = os.Rename(path, path+".damaged"); err == nil {
			db, err = openBolt(path)
		}
	}
	if err == nil {
		err = syncFolder(dir)
	}
	if err != nil {
		return nil, damaged, fmt.Errorf("DATA_DIR: %s: %w", path, err)
	}
	return &History{db, limit}, damaged, nil
}

func openBolt(path string) (*bbolt.DB, error) {
	return bbolt.Open(path, 0o600, &bbolt.Options{Timeout: historyPatience})
}

func isDamaged(err error) bool {
	for _, kind := range []error{bolterrors.ErrInvalid, bolterrors.ErrChecksum, bolterrors.ErrVersionMismatch} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// hourKey is the name of the bucket of an hour; they are in the order of time.
func hourKey(hour int64) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(hour)) //nolint:gosec // since 1970
}

func hourOf(key []byte) int64 {
	if len(key) != 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(key)) //nolint:gosec // since 1970
}

// Save implements [history.Disk].
func (h *History) Save(hour int64, blocks []history.Block) error {
	size := int64(0)
	for _, b := range blocks {
		size += int64(len(b.Router) + len(b.Data) + 16)
	}
	if err := h.makeRoom(size + size/4); err != nil {
		return err
	}
	err := h.db.Update(func(tx *bbolt.Tx) error {
		bucket, err := tx.CreateBucketIfNotExists(hourKey(hour))
		if err != nil {
			return err
		}
		bucket.FillPercent = 0.9 // routers come in their order
		for _, b := range blocks {
			if err := bucket.Put([]byte(b.Router), b.Data); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

// makeRoom drops the oldest hours until there is room for some bytes.
func (h *History) makeRoom(size int64) error {
	for {
		used, err := h.used()
		if err != nil || used+size <= h.limit {
			return err
		}
		dropped, err := h.drop(1, func(int64) bool { return true })
		if err != nil || dropped == 0 {
			return err
		}
	}
}

// used is how many bytes of the file are in use.
func (h *History) used() (n int64, err error) {
	err = h.db.View(func(tx *bbolt.Tx) error {
		free := h.db.Stats()
		n = tx.Size() - int64(free.FreePageN+free.PendingPageN)*int64(h.db.Info().PageSize)
		return nil
	})
	return n, err
}

// drop drops up to n of the oldest hours that are too old.
func (h *History) drop(n int, old func(hour int64) bool) (dropped int, err error) {
	err = h.db.Update(func(tx *bbolt.Tx) error {
		for dropped < n {
			key, _ := tx.Cursor().First()
			if key == nil || !old(hourOf(key)) {
				return nil
			}
			if err := tx.DeleteBucket(key); err != nil {
				return err
			}
			dropped++
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("drop the oldest of the history: %w", err)
	}
	return dropped, nil
}

// pruned is how many hours Prune drops at a time.
const pruned = 24

// Prune implements [history.Disk].
func (h *History) Prune(before int64) error {
	old := false
	err := h.db.View(func(tx *bbolt.Tx) error {
		key, _ := tx.Cursor().First()
		old = key != nil && hourOf(key) < before
		return nil
	})
	if err != nil || !old { // nothing is written where there is nothing to drop
		return err
	}
	_, err = h.drop(pruned, func(hour int64) bool { return hour < before })
	return err
}

// Load implements [history.Disk].
func (h *History) Load(router string, from, to int64, take func(hour int64, data []byte)) error {
	return h.db.View(func(tx *bbolt.Tx) error {
		hours := tx.Cursor()
		for key, _ := hours.Seek(hourKey(from)); key != nil && hourOf(key) <= to; key, _ = hours.Next() {
			if bucket := tx.Bucket(key); bucket != nil {
				if data := bucket.Get([]byte(router)); data != nil {
					take(hourOf(key), data)
				}
			}
		}
		return nil
	})
}

// Close closes the file.
func (h *History) Close() error { return h.db.Close() }
