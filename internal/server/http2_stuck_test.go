package server_test

import (
	"crypto/tls"
	be "encoding/binary"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// http2Frame is a frame of RFC 9113, section 4.1.
func http2Frame(kind, flags byte, stream uint32, payload []byte) []byte {
	b := be.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind))
	b = append(b, flags)
	b = be.BigEndian.AppendUint32(b, stream)
	return append(b, payload...)
}

// http2Get is a request in HPACK, without Huffman coding or dynamic table (RFC 7541).
func http2Get(stream uint32, path string) []byte {
	block := []byte{0x82, 0x87, 0x01, 1, 'x', 0x04, byte(len(path))} // :method GET, :scheme https, :authority x, :path
	const headers, endStream, endHeaders = 0x1, 0x1, 0x4
	return http2Frame(headers, endStream|endHeaders, stream, append(block, path...))
}

// A client of HTTP/2 that asks for many large files, lets the server send all of
// them, and reads nothing is cut off, although it needs no key.
func TestHTTP2ClientThatDoesNotReadIsCutOff(t *testing.T) {
	t.Parallel()
	s := startSecured(t, map[string]string{"SSE_WRITE_TIMEOUT": "500ms"})
	raw, err := net.Dial("tcp", s.addr)
	require.NoError(t, err)
	defer func() { _ = raw.Close() }()
	require.NoError(t, raw.(*net.TCPConn).SetReadBuffer(4096))
	conn := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}) // #nosec G402 -- a test's own
	require.NoError(t, conn.HandshakeContext(t.Context()))
	require.Equal(t, "h2", conn.ConnectionState().NegotiatedProtocol)

	const settings, windowUpdate = 0x4, 0x8
	const window = 1<<31 - 1
	text := []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	text = append(text, http2Frame(settings, 0, 0, be.BigEndian.AppendUint32([]byte{0, 0x4}, window))...) // SETTINGS_INITIAL_WINDOW_SIZE
	text = append(text, http2Frame(windowUpdate, 0, 0, be.BigEndian.AppendUint32(nil, window-65535))...)
	const requests = 30
	for i := range uint32(requests) {
		text = append(text, http2Get(2*i+1, "/swagger/swagger-ui-bundle.js")...)
	}
	_, err = conn.Write(text)
	require.NoError(t, err)
	eventually(t, "all requests have ended", func() bool { return strings.Count(s.log.String(), "route=/swagger/*") == requests })
}
