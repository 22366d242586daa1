package device

import (
	"context"
	"time"

	"github.com/aprakasa/mikronec/internal/doctor"
	"github.com/aprakasa/mikronec/internal/errcode"
)

// examineStep is the time limit of each step of an examination.
const examineStep = 5 * time.Second

// Examine finds out why a router cannot be watched, over a connection of its own with the
// settings of the session. With public, the findings say nothing of the server's network.
// It returns what was found until ctx has ended, and whether nothing has failed.
func (d *Device) Examine(ctx context.Context, public bool) (findings []doctor.Finding, healthy bool) {
	key := d.link.Key()
	target := doctor.Target{
		Addr: key.Addr, User: key.User, Password: key.Password.Reveal(), CodePage: key.CodePage,
		Registered: &key.TLS, Admit: d.admit, Timeout: examineStep, Now: time.Now,
	}
	if public {
		target.Text = errcode.PublicText
	}
	healthy = doctor.Examine(ctx, target, func(f doctor.Finding) { findings = append(findings, f) })
	return findings, healthy
}
