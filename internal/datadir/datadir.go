// Package datadir opens the folder in which the routers are kept (DATA_DIR): the file of
// the register, and the file of its keys unless they are kept elsewhere.
package datadir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/keys"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/secret"
)

// Names in the folder.
const (
	routersFile = "routers.db"
	keysFile    = "secrets.key"
)

// Keys are where the keys of the register are, unless they are in the folder. At most one
// field may be set.
type Keys struct {
	File string // SECRETS_KEY_FILE
	Text string // SECRETS_KEY; ; separates lines as well
}

func (k Keys) given() bool { return k != Keys{} }

// Ring reads the keys that are given.
func (k Keys) Ring() (*secret.Ring, error) {
	if k.File != "" && k.Text != "" {
		return nil, errors.New("SECRETS_KEY must not be set together with SECRETS_KEY_FILE")
	}
	if k.File != "" {
		ring, err := secret.ReadRing(k.File)
		if err != nil {
			return nil, fmt.Errorf("SECRETS_KEY_FILE: %w", err)
		}
		return ring, nil
	}
	ring, err := secret.ParseRing(strings.ReplaceAll(k.Text, ";", "\n"))
	if err != nil {
		return nil, fmt.Errorf("SECRETS_KEY: %w", err)
	}
	return ring, nil
}

// Open opens the register in a folder, which is made if it is missing, and returns it with
// its routers. Without a folder the register is in memory. Keys that do not open the
// register are an error. Where none are given, those in the folder are used, which are
// made for a register that is new.
func Open(ctx context.Context, dir string, keys Keys) (*register.Register, []register.Router, error) {
	if dir == "" {
		return openMemory(ctx, keys)
	}
	store, ring, err := open(ctx, dir, keys)
	if err != nil {
		return nil, nil, err
	}
	g, routers, err := register.Open(ctx, store, ring)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("DATA_DIR: %w", err), store.Close())
	}
	return g, routers, nil
}

// openMemory returns a register that ends with the process. Keys that are given are
// checked, so that a mistake in them is found.
func openMemory(ctx context.Context, keys Keys) (*register.Register, []register.Router, error) {
	if !keys.given() {
		keys.Text = secret.NewKey(time.Now())
	}
	ring, err := keys.Ring()
	if err != nil {
		return nil, nil, err
	}
	return register.Open(ctx, register.NewMemory(), ring)
}

// open opens the file of the register, which keeps other processes out, and then the keys.
func open(ctx context.Context, dir string, keys Keys) (store *register.File, ring *secret.Ring, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("DATA_DIR: %w", err)
	}
	if store, err = register.OpenFile(filepath.Join(dir, routersFile)); err != nil {
		return nil, nil, fmt.Errorf("DATA_DIR: %w", err)
	}
	if err = syncFolder(dir); err == nil {
		ring, err = openRing(ctx, dir, store, keys)
	}
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	return store, ring, nil
}

func openRing(ctx context.Context, dir string, store register.Store, keys Keys) (*secret.Ring, error) {
	if keys.given() {
		return keys.Ring()
	}
	path := filepath.Join(dir, keysFile)
	ring, err := secret.ReadRing(path)
	if err == nil {
		return ring, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("DATA_DIR: %w", err)
	}
	// A new key would not open what is there.
	if entries, listErr := store.List(ctx); listErr != nil || len(entries) > 0 {
		return nil, fmt.Errorf("DATA_DIR: the register %s was sealed with keys that are not there: restore %s, or set SECRETS_KEY_FILE; without the keys the passwords are lost, and the register has to be removed",
			filepath.Join(dir, routersFile), path)
	}
	text := secret.NewKey(time.Now()) + "\n"
	if err := replaceFile(path, text); err != nil {
		return nil, fmt.Errorf("DATA_DIR: %w", err)
	}
	return secret.ParseRing(text)
}

// Rotated is the result of Rotate.
type Rotated struct {
	Passwords int    // number of passwords that were sealed again
	APIKeys   int    // the same of API keys and invitations
	Key       string // id of the key that all are sealed with now
	Made      bool   // the key was made, and is in the folder
}

// Rotate seals all passwords of the register in a folder again. Keys in the folder are
// replaced by a new one; of keys that are given, the first one is taken, and the others
// are not needed afterwards. After an error, or an end in the middle, all passwords can
// still be opened, and Rotate can be called again. No other process may use the folder.
func Rotate(ctx context.Context, dir string, keys Keys) (Rotated, error) {
	if _, err := os.Stat(filepath.Join(dir, routersFile)); err != nil {
		return Rotated{}, fmt.Errorf("DATA_DIR has no register: %w", err)
	}
	store, ring, err := open(ctx, dir, keys)
	if err != nil {
		return Rotated{}, err
	}
	defer func() { _ = store.Close() }() // every write is synced already
	path, fresh := filepath.Join(dir, keysFile), ""
	if !keys.given() {
		if _, _, err := register.Open(ctx, store, ring); err != nil {
			return Rotated{}, err // before there is one more key
		}
		if ring, fresh, err = prependKey(path); err != nil {
			return Rotated{}, err
		}
	}
	g, _, err := register.Open(ctx, store, ring)
	if err != nil {
		return Rotated{}, err
	}
	done := Rotated{Key: ring.IDs()[0], Made: fresh != ""}
	done.APIKeys, err = rotateKeys(ctx, dir, ring)
	if err == nil { // last, since it forgets the other keys
		done.Passwords, err = g.Rotate(ctx)
	}
	if err == nil && fresh != "" {
		err = replaceFile(path, fresh)
	}
	return done, err
}

// rotateKeys seals the API keys again, if there are any.
func rotateKeys(ctx context.Context, dir string, ring *secret.Ring) (n int, err error) {
	if _, err := os.Stat(filepath.Join(dir, apiKeysFile)); errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	store, err := OpenKeys(dir)
	if err != nil {
		return 0, err
	}
	n, err = keys.Rotate(ctx, store, ring)
	return n, errors.Join(err, store.Close())
}

// prependKey adds a new key to a file of keys, as the first one, and returns it as a line.
func prependKey(path string) (ring *secret.Ring, fresh string, err error) {
	before, err := os.ReadFile(path) // #nosec G304 -- in the folder that the operator has named
	if err != nil {
		return nil, "", err
	}
	fresh = secret.NewKey(time.Now()) + "\n"
	text := fresh + string(before)
	if ring, err = secret.ParseRing(text); err != nil {
		return nil, "", err
	}
	return ring, fresh, replaceFile(path, text)
}
