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
// them. Where the bytes stop making sense it stops and says why; what came
// before is returned too.
func Split(batch []byte, limit int) ([]Envelope, error) {
	var out []Envelope
	for len(batch) > 0 && len(out) < limit {
		h, err := ParseHeader(batch)
		if err != nil {
			return out, err
		}
		if len(batch) < h.Class.Size() {
			return out, ErrSize
		}
		out = append(out, Envelope{header: h, wire: batch[:h.Class.Size():h.Class.Size()]})
		batch = batch[h.Class.Size():]
	}
	if len(batch) > 0 {
		return out, ErrSize
	}
	return out, nil
}
