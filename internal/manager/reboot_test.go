package manager_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

// A package that was installed with a reboot is there with the new session, and what
// was known of the router before is not shown as the present.
func TestAReboot(t *testing.T) {
	for _, away := range []time.Duration{time.Second, time.Minute, 6 * time.Minute} {
		t.Run(away.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				before, after := ccr(sim.Options{PPPUsers: 3, Missing: []string{"/ip/hotspot"}}), ccr(sim.Options{HotspotUsers: 4})
				var present atomic.Pointer[sim.Device] // nil: nobody is there
				present.Store(before)
				dial := func(ctx context.Context, key pool.Key) (*routeros.Session, error) {
					d := present.Load()
					if d == nil {
						return nil, &routeros.LinkError{Step: "dial", Err: errNobody}
					}
					client, router := net.Pipe()
					go d.ServeConn(router) // until the device is closed
					return routeros.New(ctx, client, key.Credentials(), routeros.Options{})
				}
				m := manager.New(pool.New(dial, pool.Options{}), manager.Options{Device: device.Options{}})
				t.Cleanup(func() { m.Close(); before.Close(); after.Close() })
				connect(t, m, "a", "r")
				w := watch("a")
				w.Variants = []poller.Variant{variant("hotspot_active", false, false), variant("ppp_active", false, false)}
				v := open(t, m, w)
				defer v.Close()
				time.Sleep(10 * time.Second)
				router := m.List()[0].Device
				require.NotNil(t, router.Facts().PPP)
				assert.Nil(t, router.Facts().Hotspot, "there is no such menu")

				present.Store(nil)
				before.DropSessions()
				synctest.Wait()
				assert.Equal(t, poller.Facts{}, router.Facts(), "while it is away")
				time.Sleep(away)
				present.Store(after)
				for router.Status().Link.State != pool.Up {
					time.Sleep(10 * time.Millisecond)
				}
				time.Sleep(3 * time.Second) // an interval and a half, at the most
				synctest.Wait()
				if assert.NotNil(t, router.Facts().Hotspot) {
					assert.Equal(t, 4, *router.Facts().Hotspot)
					assert.Equal(t, 0, *router.Facts().PPP)
				}
			})
		})
	}
}
