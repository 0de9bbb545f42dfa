using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using MailOps.Maildir;
using MailOps.Maildir.Names;

namespace MailOps.Server.Imap;

/// <summary>
/// Reads a command as the grammar of RFC 3501 section 9 spells it. Each method takes one thing and says whether it was
/// there. Knows no state, copies nothing that is only looked at. Literals stand in the text, octets and all.
/// </summary>
/// <param name="text">The command.</param>
/// <param name="hasUtf8">True if mailbox names are in UTF-8 (RFC 9051 section 5.1), false if they are in modified UTF-7 (RFC 3501 section 5.1.3).</param>
internal ref partial struct ImapReader(ReadOnlySequence<byte> text, bool hasUtf8 = false)
{
    private static readonly SearchValues<byte> AtomChars = SearchValues.Create(Printable(except: "(){%*\"\\]"));
    private static readonly SearchValues<byte> AStringChars = SearchValues.Create(Printable(except: "(){%*\"\\"));
    private static readonly SearchValues<byte> ListChars = SearchValues.Create(Printable(except: "(){\"\\"));
    private static readonly SearchValues<byte> TagChars = SearchValues.Create(Printable(except: "(){%*\"\\+"));
    private static readonly SearchValues<byte> WordChars = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-"u8);

    // No mailbox has an empty level in its name.
    private const string NoName = "//";

    private SequenceReader<byte> _rest = new(text);

    /// <summary>How many octets were taken.</summary>
    public readonly long Position => _rest.Consumed;

    /// <summary>True if reading ended at a mailbox name that is a string and spells no name.</summary>
    public bool IsMisspelt { get; private set; }

    /// <summary>Nothing is left.</summary>
    public readonly bool End => _rest.End;

    /// <summary>True if a literal was to be read that is the last thing here: its octets come behind the text.</summary>
    public bool EndsInLiteral { get; private set; }

    /// <summary>One space.</summary>
    public bool Space() => _rest.IsNext((byte)' ', advancePast: true);

    /// <summary>This octet.</summary>
    public bool Is(char octet) => _rest.IsNext((byte)octet, advancePast: true);

    /// <summary>True if this octet comes next. It stays.</summary>
    public readonly bool Sees(char octet) => _rest.TryPeek(out var next) && next == (byte)octet;

    /// <summary>True if this text comes next, in any case.</summary>
    /// <param name="text">ASCII, in capitals.</param>
    /// <param name="advance">True if it is taken then.</param>
    public bool IsNext(string text, bool advance = false)
    {
        var before = _rest;
        foreach (var c in text)
        {
            if (!_rest.TryRead(out var next) || char.ToUpperInvariant((char)next) != c)
            {
                _rest = before;
                return false;
            }
        }

        if (!advance)
            _rest = before;
        return true;
    }

    /// <summary>True if a digit comes next. It stays.</summary>
    public readonly bool SeesNumber => _rest.TryPeek(out var next) && next is >= (byte)'0' and <= (byte)'9';

    /// <summary>A tag, as far as a space, a control character or the end; one that goes on with what no tag has is none.</summary>
    public bool Tag(out string tag) => Chars(TagChars, out tag) && (!_rest.TryPeek(out var next) || next <= (byte)' ');

    /// <summary>An atom.</summary>
    public bool Atom(out string atom) => Chars(AtomChars, out atom);

    /// <summary>Letters, digits, dots and hyphens, in capitals: the name of a command, an item or a key.</summary>
    public bool Word(out string word)
    {
        if (!Chars(WordChars, out word))
            return false;
        word = word.ToUpperInvariant();
        return true;
    }

    /// <summary>This word, in any case, if it comes next; otherwise nothing is taken.</summary>
    public bool IsWord(string word)
    {
        var before = _rest;
        if (Word(out var found) && found == word)
            return true;
        _rest = before;
        return false;
    }

    /// <summary>An atom that may hold <c>]</c>, a quoted string or a literal.</summary>
    public bool AString(out string text) =>
        Sees('"') || Sees('{') ? String(out text) : Chars(AStringChars, out text);

    /// <summary>A quoted string or a literal.</summary>
    public bool String(out string text) =>
        Sees('{') ? Literal(out text) : Quoted(out text);

    /// <summary>A string or NIL, which gives null.</summary>
    public bool NString(out string? text)
    {
        text = null;
        if (!Sees('"') && !Sees('{'))
            return IsWord("NIL");
        var found = String(out var value);
        text = value;
        return found;
    }

    /// <summary>A number of 32 bits.</summary>
    public bool Number(out uint number)
    {
        number = 0;
        var digits = 0;
        while (_rest.TryPeek(out var next) && next is >= (byte)'0' and <= (byte)'9')
        {
            var grown = number * 10UL + (uint)(next - '0');
            if (grown > uint.MaxValue || ++digits > 10)
                return false;
            number = (uint)grown;
            _rest.Advance(1);
        }

        return digits > 0;
    }

    /// <summary>A number of 32 bits that does not begin with 0 (RFC 9051's nz-number).</summary>
    public bool NonZero(out uint number)
    {
        number = 0;
        return !Sees('0') && Number(out number);
    }

    /// <summary>A number of 63 bits (RFC 9051's number64).</summary>
    public bool Number64(out long number)
    {
        var found = ModSeqOrZero(out var value);
        number = (long)value;
        return found;
    }

    /// <summary>A mod-sequence: from 1 to 2^63-1 (RFC 7162 section 7, mod-sequence-value).</summary>
    public bool ModSeq(out ulong modSeq) => ModSeqOrZero(out modSeq) && modSeq > 0;

    /// <summary>A mod-sequence or 0 (RFC 7162 section 7, mod-sequence-valzer).</summary>
    public bool ModSeqOrZero(out ulong modSeq)
    {
        modSeq = 0;
        if (!SeesNumber)
            return false;
        while (_rest.TryPeek(out var next) && next is >= (byte)'0' and <= (byte)'9')
        {
            var digit = (ulong)(next - '0');
            if (modSeq > (long.MaxValue - digit) / 10)
                return false;
            modSeq = (modSeq * 10) + digit;
            _rest.Advance(1);
        }

        return true;
    }

    /// <summary>A sequence set or UID set; its last part may be <c>$</c> (RFC 5182).</summary>
    public bool SequenceSet(out SequenceSet set)
    {
        var ranges = new List<SequenceRange>(1);
        set = new SequenceSet(ranges);
        do
        {
            // Nothing follows it (RFC 9051 section 9, sequence-set).
            if (Is('$'))
            {
                set = new SequenceSet(ranges, HasSaved: true);
                return true;
            }

            if (ranges.Count == Imap.SequenceSet.MaxRanges || !SequenceNumber(out var first))
                return false;
            var last = first;
            if (Is(':') && !SequenceNumber(out last))
                return false;
            ranges.Add(new SequenceRange(first, last));
        }
        while (Is(','));
        return true;
    }

    /// <summary>A mailbox name, decoded, INBOX in capitals.</summary>
    public bool Mailbox(out string name) => Mailbox(out name, out _);

    /// <summary>A mailbox name, decoded, INBOX in capitals, and as it was given.</summary>
    public bool Mailbox(out string name, out string given)
    {
        (name, given) = ("", "");
        if (!AString(out var wire))
            return false;
        IsMisspelt = !TryDecodeName(wire, out var decoded);
        if (IsMisspelt)
            return false;

        given = decoded!;
        name = given.Equals(MailboxName.Inbox, StringComparison.OrdinalIgnoreCase) ? MailboxName.Inbox : given;
        return true;
    }

    /// <summary>A pattern of LIST, decoded: <c>*</c> and <c>%</c> are its wildcards. One that spells no name is taken, and matches none (RFC 9051 section 6.3.9).</summary>
    public bool ListMailbox(out string pattern)
    {
        var found = Sees('"') || Sees('{') ? String(out var wire) : Chars(ListChars, out wire);
        pattern = TryDecodeName(wire, out var decoded) ? decoded : NoName;
        return found;
    }

    /// <summary>What announces a literal: <c>{17}</c>, or <c>{17+}</c> where the client does not wait.</summary>
    public bool LiteralHeader(out LiteralHeader literal)
    {
        literal = default;
        if (!Is('{') || !Number64(out var size))
            return false;
        var waits = !Is('+');
        literal = new LiteralHeader(size, waits);
        return Is('}') && (End || Is('\n') || (Is('\r') && Is('\n')));
    }

    // RFC 6855 section 3: who has not asked for UTF-8 may send it all the same, but no second spelling of a name (RFC 5198 section 3).
    private readonly bool TryDecodeName(string wire, [NotNullWhen(true)] out string? name)
    {
        if (!hasUtf8 && System.Text.Ascii.IsValid(wire))
            return ModifiedUtf7.TryDecodeExactly(wire, out name);
        name = wire;
        return !wire.Contains('\uFFFD', StringComparison.Ordinal) && (hasUtf8 || wire.IsNormalized(NormalizationForm.FormC));
    }

    private bool SequenceNumber(out uint number)
    {
        if (Is('*'))
        {
            number = Imap.SequenceSet.Star;
            return true;
        }

        return NonZero(out number);
    }

    private bool Literal(out string text)
    {
        text = "";
        if (!LiteralHeader(out var literal))
            return false;
        EndsInLiteral = literal.Size >= _rest.Remaining;
        if (literal.Size > _rest.Remaining)
            return false;
        var octets = _rest.UnreadSequence.Slice(0, literal.Size);
        text = Decode(octets);
        _rest.Advance(literal.Size);
        // NUL is for literal8 alone (RFC 9051 section 9).
        return octets.PositionOf((byte)0) is null;
    }

    private bool Quoted(out string text)
    {
        text = "";
        if (!Is('"'))
            return false;

        StringBuilder? escaped = null;
        while (_rest.TryReadToAny(out ReadOnlySequence<byte> plain, QuotedStopsSpan, advancePastDelimiter: false))
        {
            // RFC 6855 section 3: octets that are no UTF-8 are refused.
            if (!TryDecode(plain, out var piece))
                return false;
            if (Is('"'))
            {
                text = escaped is null ? piece : escaped.Append(piece).ToString();
                return true;
            }

            if (!Is('\\') || !_rest.TryRead(out var next) || next is not ((byte)'"' or (byte)'\\'))
                return false;
            (escaped ??= new StringBuilder()).Append(piece).Append((char)next);
        }

        return false;
    }

    private static ReadOnlySpan<byte> QuotedStopsSpan => "\"\\\r\n\0"u8;

    private bool Chars(SearchValues<byte> allowed, out string text)
    {
        var start = _rest.Position;
        while (!_rest.End)
        {
            var span = _rest.UnreadSpan;
            var stop = span.IndexOfAnyExcept(allowed);
            _rest.Advance(stop < 0 ? span.Length : stop);
            if (stop >= 0)
                break;
        }

        text = Decode(_rest.Sequence.Slice(start, _rest.Position));
        return text.Length > 0;
    }

    private static string Decode(in ReadOnlySequence<byte> octets) => Encoding.UTF8.GetString(octets);

    // What was no UTF-8 shows by a character that stands for what was lost; only then it is looked at again.
    private static bool TryDecode(in ReadOnlySequence<byte> octets, out string text)
    {
        text = Decode(octets);
        return !text.Contains('\uFFFD', StringComparison.Ordinal) || System.Text.Unicode.Utf8.IsValid(octets.IsSingleSegment ? octets.FirstSpan : octets.ToArray());
    }

    private static byte[] Printable(string except)
    {
        var octets = new List<byte>();
        for (var octet = (byte)'!'; octet <= (byte)'~'; octet++)
        {
            if (!except.Contains((char)octet, StringComparison.Ordinal))
                octets.Add(octet);
        }

        return [.. octets];
    }
}

/// <summary>What announces a literal.</summary>
/// <param name="Size">Its octets.</param>
/// <param name="Waits">False if its octets come without being asked for (RFC 7888).</param>
internal readonly record struct LiteralHeader(long Size, bool Waits);
