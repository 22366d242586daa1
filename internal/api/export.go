package api

import (
	"bytes"
	"net/http"
	"strconv"

	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/routerfile"
)

// exportYAML answers with routers in the form of ROUTERS_FILE, without passwords.
func exportYAML(w http.ResponseWriter, list []manager.Router) error {
	routers := make([]register.Router, 0, len(list))
	for _, r := range list {
		routers = append(routers, register.Router{ID: r.ID, Comment: r.Comment, Key: r.Device.Status().Key})
	}
	var body bytes.Buffer
	if err := routerfile.Write(&body, routers); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	if _, err := w.Write(body.Bytes()); err != nil {
		return errClientGone
	}
	return nil
}
