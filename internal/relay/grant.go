package relay

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
)

// grant is a command for one session of one instance, signed by the instance where it came
// in: there the key was known, the router was visible to it, and the rules permitted the
// words. Its instance carries it out once.
type grant struct {
	kind     string // name of the handler
	instance string // that has the session
	epoch    uint64 // of the claim with which it has it
	router   string // router_id
	owner    string // who asks, see [routeros.Command]
	words    []string
	issued   time.Time
	nonce    [nonceSize]byte
}

const (
	nonceSize = 16
	// grantLife is how old a grant may be, or how far in the future, by the clock of the
	// instance that checks it. Clocks of one fleet must not differ by more.
	grantLife = 15 * time.Second
	// maxNonces limits the grants that are remembered, in each of two spans of grantLife×2.
	maxNonces = 1 << 18
)

func newGrant(kind string, to Target, router, owner string, words []string) grant {
	g := grant{kind: kind, instance: to.Instance, epoch: to.Epoch, router: router, owner: owner, words: words, issued: time.Now()}
	_, _ = rand.Read(g.nonce[:]) // never fails
	return g
}

// sign encodes the grant and appends the signature of all of it.
func (g *grant) sign(key []byte) []byte {
	b := appendText(appendText(nil, g.kind), g.instance)
	b = appendNumber(b, g.epoch)
	b = appendText(appendText(b, g.router), g.owner)
	b = appendNumber(b, uint64(len(g.words)))
	for _, w := range g.words {
		b = appendText(b, w)
	}
	b = appendNumber(b, uint64(g.issued.UnixMilli())) //nolint:gosec // after 1970
	b = append(b, g.nonce[:]...)
	return append(b, signature(key, b)...)
}

// signature of a grant. What it begins with keeps it apart from other uses of the key.
func signature(key, b []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("mikronec relay grant 1\n"))
	mac.Write(b)
	return mac.Sum(nil)
}

// parseGrant returns a grant that is signed with one of the keys.
func parseGrant(b []byte, keys [][]byte) (g grant, err error) {
	at := len(b) - sha256.Size
	if at < 0 || !slices.ContainsFunc(keys, func(key []byte) bool { return hmac.Equal(signature(key, b[:at]), b[at:]) }) {
		return g, errcode.New(errcode.Internal, "the grant is not signed with a key of this fleet; do all instances have the same secrets?")
	}
	f := fields{rest: b[:at]}
	g.kind, g.instance, g.epoch, g.router, g.owner = f.text(), f.text(), f.number(), f.text(), f.text()
	for range f.list() {
		g.words = append(g.words, f.text())
	}
	g.issued = time.UnixMilli(int64(f.number())) //nolint:gosec // signed by us
	if copy(g.nonce[:], f.rest) != nonceSize || len(f.rest) != nonceSize {
		f.fail()
	}
	return g, f.err()
}

// nonces remembers the grants that were used, for as long as they are valid.
type nonces struct {
	mu     sync.Mutex
	recent [2]map[[nonceSize]byte]struct{} // of this span of time and of the one before; guarded by mu
	began  time.Time                       // when this span did; guarded by mu
}

// use takes a grant, once.
func (n *nonces) use(g *grant, now time.Time) error {
	if age := now.Sub(g.issued).Round(time.Second); age > grantLife || age < -grantLife {
		return errcode.New(errcode.Internal, fmt.Sprintf(
			"the grant is %v old by the clock of the instance %q: it was late, or the clocks of the instances differ", age, g.instance))
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.recent[0] == nil || now.Sub(n.began) > 2*grantLife {
		if now.Sub(n.began) > 4*grantLife {
			n.recent[0] = nil
		}
		n.recent[1], n.recent[0], n.began = n.recent[0], make(map[[nonceSize]byte]struct{}), now
	}
	for _, used := range n.recent {
		if _, ok := used[g.nonce]; ok {
			return errcode.New(errcode.Internal, "the grant was used before")
		}
	}
	if len(n.recent[0]) >= maxNonces {
		return errcode.New(errcode.Busy, fmt.Sprintf("the instance %q got too many commands of others within %v; nothing was sent", g.instance, 2*grantLife))
	}
	n.recent[0][g.nonce] = struct{}{}
	return nil
}
