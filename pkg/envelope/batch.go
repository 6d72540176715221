package envelope

// Batch joins envelopes for one answer of the hub. Each carries its own
// length in its class, so nothing stands between them.
func Batch(envelopes ...Envelope) []byte {
	var out []byte
	for _, e := range envelopes {
		out = append(out, e.wire...)
	}
	return out
}

// Split takes a batch apart into the bytes of each envelope, at most limit of
// them. Where the bytes stop making sense the rest is one last piece, which
// Parse will refuse.
func Split(batch []byte, limit int) [][]byte {
	var pieces [][]byte
	for len(batch) > 0 && len(pieces) < limit {
		size := len(batch)
		if h, err := ParseHeader(batch); err == nil && h.Class.Size() < size {
			size = h.Class.Size()
		}
		pieces = append(pieces, batch[:size:size])
		batch = batch[size:]
	}
	return pieces
}
