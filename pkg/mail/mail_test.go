package mail_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/posada"
)

func ids() *rapid.Generator[posada.MessageID] {
	return rapid.Custom(func(t *rapid.T) posada.MessageID {
		return posada.MessageID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
	})
}

func TestBodiesAreReadAsTheyWereWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(ids(), 0, mail.MaxAcknowledged).Draw(t, "ids")
		bell := [16]byte(ids().Draw(t, "bell"))
		body := mail.WriteCollection(bell, want)
		if b, got, err := mail.ReadCollection(body); err != nil || b != bell || !slices.Equal(got, want) || len(body) == 0 {
			t.Fatalf("%v, %v", got, err)
		}
		box, id := posada.MailboxID(ids().Draw(t, "box")), ids().Draw(t, "id")
		if b, i, err := mail.ReadRecall(mail.WriteRecall(box, id)); err != nil || b != box || i != id {
			t.Fatal(err)
		}
	})
}

func TestOtherBodiesAreRefused(t *testing.T) {
	long := mail.WriteAcknowledged(make([]posada.MessageID, mail.MaxAcknowledged+1))
	for name, body := range map[string][]byte{"empty": nil, "other version": {2}, "half an id": make([]byte, 9), "too many": long, "half a bell": {2, 1}, "no bell": make([]byte, 17), "a bell of zeros": append([]byte{2}, make([]byte, 32)...)} {
		if _, _, err := mail.ReadCollection(body); !errors.Is(err, mail.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, size := range []int{0, 31, 33} {
		if _, _, err := mail.ReadRecall(make([]byte, size)); !errors.Is(err, mail.ErrRefused) {
			t.Errorf("recall of %d bytes: %v", size, err)
		}
	}
}

func TestAnswersHaveAStatus(t *testing.T) {
	for status, want := range map[mail.Status]error{
		mail.StatusOK: nil, mail.StatusMore: nil, mail.StatusBusy: mail.ErrBusy, mail.StatusRefused: mail.ErrRefused, 0: mail.ErrAnswer, 0xff: mail.ErrAnswer, mail.StatusAbsent: mail.ErrAbsent, mail.StatusUsed: mail.ErrUsed,
	} {
		more, body, err := mail.ReadAnswer(mail.WriteAnswer(status, 7))
		if !errors.Is(err, want) || more != (status == mail.StatusMore) || (err == nil) != (len(body) == 1) {
			t.Errorf("%d: %v %v %v", status, more, body, err)
		}
	}
	if _, _, err := mail.ReadAnswer(nil); !errors.Is(err, mail.ErrAnswer) {
		t.Errorf("an empty answer: %v", err)
	}
}

func FuzzReadCollection(f *testing.F) {
	f.Add(mail.WriteAcknowledged([]posada.MessageID{{1}, {2}}))
	f.Add(mail.WriteCollection([16]byte{7}, []posada.MessageID{{1}, {2}}))
	f.Fuzz(func(t *testing.T, body []byte) {
		if bell, got, err := mail.ReadCollection(body); err == nil && string(mail.WriteCollection(bell, got)) != string(body) {
			t.Fatal("two bodies mean the same")
		}
	})
}

func BenchmarkReadCollection(b *testing.B) {
	body := mail.WriteAcknowledged(make([]posada.MessageID, 64))
	for b.Loop() {
		if _, _, err := mail.ReadCollection(body); err != nil {
			b.Fatal(err)
		}
	}
}
