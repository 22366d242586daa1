package datadir

import (
	"fmt"
	"path/filepath"

	"github.com/aprakasa/mikronec/internal/register"
)

// alertsFile is the name of the file of alerts in the folder.
const alertsFile = "alerts.db"

// Store is a store that has to be closed.
type Store = register.Store

// OpenAlerts opens the store of alerts in a folder that Open has opened. Without a folder
// it is in memory.
func OpenAlerts(dir string) (Store, error) {
	if dir == "" {
		return register.NewMemory(), nil
	}
	store, err := register.OpenFile(filepath.Join(dir, alertsFile))
	if err == nil {
		err = syncFolder(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("DATA_DIR: %w", err)
	}
	return store, nil
}
