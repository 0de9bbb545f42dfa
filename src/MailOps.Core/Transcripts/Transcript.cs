using System.Buffers;
using System.Text;

namespace MailOps.Transcripts;

/// <summary>
/// Records a conversation as it happens. Secrets are masked before an entry is made and are never kept: the arguments of
/// PASS, AUTH, AUTHENTICATE and LOGIN, every line of a SASL exchange, and whatever <see cref="Hide"/> was told, in
/// either direction. Used by one conversation, one call at a time; <see cref="Entries"/> may be read by anyone.
/// </summary>
public sealed class Transcript
{
    /// <summary>How many octets of a message's content are kept as text.</summary>
    public const int MessageTextLimit = 16 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly TimeProvider _clock;
    private readonly long _started;
    private readonly Lock _gate = new();
    private readonly List<TranscriptEntry> _entries = [];
    private readonly List<string> _hidden = [];
    private bool _inExchange;

    /// <summary>Starts a transcript now.</summary>
    /// <param name="clock">Where times come from.</param>
    public Transcript(TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        _started = _clock.GetTimestamp();
    }

    /// <summary>A transcript that keeps nothing: for conversations that go on for long and that nobody reads.</summary>
    internal static Transcript Nowhere(TimeProvider clock) => new(clock) { IsKept = false };

    /// <summary>False where nothing is recorded.</summary>
    internal bool IsKept { get; private init; } = true;

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed => _clock.GetElapsedTime(_started);

    /// <summary>What was recorded so far, in order: a copy.</summary>
    public IReadOnlyList<TranscriptEntry> Entries
    {
        get
        {
            lock (_gate)
                return _entries.ToArray();
        }
    }

    /// <summary>From now on this text is masked wherever it appears, also when the peer repeats it. Texts of fewer than three characters would mask too much and are ignored.</summary>
    public void Hide(string secret)
    {
        if (secret.Length >= 3 && !_hidden.Contains(secret))
            _hidden.Add(secret);
    }

    /// <summary>A text with all that is hidden masked in it: for what is told of the conversation elsewhere.</summary>
    public string Mask(string text)
    {
        foreach (var secret in _hidden)
            text = text.Replace(secret, SecretMask.Hidden, StringComparison.Ordinal);
        return text;
    }

    /// <summary>Records commands: one entry for each line.</summary>
    /// <param name="octets">As sent, line ends included.</param>
    /// <param name="tls">True if they went through TLS.</param>
    public void Sent(ReadOnlySpan<byte> octets, bool tls)
    {
        if (!IsKept)
            return;
        while (!octets.IsEmpty)
        {
            var end = octets.IndexOf((byte)'\n');
            var line = end < 0 ? octets : octets[..(end + 1)];
            var text = Decode(WithoutLineEnd(line));
            if (_inExchange)
            {
                text = SecretMask.Hidden;
            }
            else
            {
                text = SecretMask.Apply(text, out var startsExchange);
                _inExchange = startsExchange;
            }

            Add(TranscriptDirection.Sent, text, line.Length, tls);
            octets = octets[line.Length..];
        }
    }

    /// <summary>Records a message's content as one entry; text beyond <see cref="MessageTextLimit"/> is left out.</summary>
    /// <param name="start">The first octets as sent.</param>
    /// <param name="total">How many octets were sent in all.</param>
    /// <param name="tls">True if they went through TLS.</param>
    public void SentMessage(ReadOnlySpan<byte> start, long total, bool tls)
    {
        if (!IsKept)
            return;
        var kept = start[..Math.Min(start.Length, MessageTextLimit)];
        var text = Decode(WithoutLineEnd(kept)).Replace("\r\n", "\n", StringComparison.Ordinal);
        if (total > kept.Length)
            text += string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\n[{total - kept.Length} more octets]");
        Add(TranscriptDirection.Sent, text, total, tls);
    }

    /// <summary>Records one line of a reply.</summary>
    /// <param name="line">Without its line end.</param>
    /// <param name="octets">With its line end, in octets.</param>
    /// <param name="tls">True if it came through TLS.</param>
    public void Received(ReadOnlySpan<byte> line, long octets, bool tls)
    {
        if (!IsKept)
            return;
        var text = Decode(line);
        if (_inExchange)
        {
            // 334 in SMTP, + in POP3 and IMAP: the exchange goes on, and a challenge may be half of a secret.
            if (text.StartsWith("334", StringComparison.Ordinal))
                text = text.Length > 4 ? $"334 {SecretMask.Hidden}" : text;
            else if (text is ['+'] or ['+', ' ', ..])
                text = text.Length > 2 ? $"+ {SecretMask.Hidden}" : text;
            else
                _inExchange = false;
        }

        Add(TranscriptDirection.Received, text, octets, tls);
    }

    /// <summary>Records something that happened to the connection.</summary>
    public void Event(string text, bool tls = false) => Add(TranscriptDirection.Event, text, 0, tls);

    /// <summary>The whole conversation, a line each, as swaks would show it.</summary>
    public override string ToString() => string.Join('\n', Entries);

    /// <summary>UTF-8 where it is UTF-8, otherwise Latin-1, which loses nothing.</summary>
    internal static string Decode(ReadOnlySpan<byte> octets)
    {
        try
        {
            return StrictUtf8.GetString(octets);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(octets);
        }
    }

    /// <inheritdoc cref="Decode(ReadOnlySpan{byte})"/>
    internal static string Decode(in ReadOnlySequence<byte> octets) =>
        octets.IsSingleSegment ? Decode(octets.FirstSpan) : Decode(octets.ToArray());

    private static ReadOnlySpan<byte> WithoutLineEnd(ReadOnlySpan<byte> line)
    {
        if (line is [.., (byte)'\n'])
            line = line[..^1];
        return line is [.., (byte)'\r'] ? line[..^1] : line;
    }

    private void Add(TranscriptDirection direction, string text, long bytes, bool tls)
    {
        if (!IsKept)
            return;
        var entry = new TranscriptEntry
        {
            Time = _clock.GetUtcNow(),
            Elapsed = Elapsed,
            Direction = direction,
            Tls = tls,
            Bytes = bytes,
            Text = Mask(text),
        };
        lock (_gate)
            _entries.Add(entry);
    }
}
