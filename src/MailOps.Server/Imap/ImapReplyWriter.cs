using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text;
using MailOps.Maildir;
using MailOps.Maildir.Names;
using MailOps.Server.Connections;

namespace MailOps.Server.Imap;

/// <summary>Writes responses into the connection's buffer, token by token. Nothing is sent before <see cref="FlushAsync"/>.</summary>
internal sealed partial class ImapReplyWriter(ServerConnection connection, ImapOptions options)
{
    // What may lie unsent before a slow client is waited for.
    private const int FlushThreshold = 60 * 1024;

    // For that and the end of the reply that goes beyond it: one buffer, and so one call to send it.
    private const int BulkRoom = 64 * 1024;

    // Fewer than an atom may have: what no client stumbles over.
    private static readonly SearchValues<char> AtomCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/.-_");

    private TimeSpan _loginBegan;

    /// <summary>True if names and quoted strings may be in UTF-8 (RFC 6855 section 3).</summary>
    public bool HasUtf8 { get; set; }

    private PipeWriter Output => connection.Output;

    /// <summary>True once the client has logged in, which gives it more time.</summary>
    public bool HasLoggedIn { get; set; }

    /// <summary>How long the client may be silent once it read what it was sent.</summary>
    public TimeSpan Patience => Within(HasLoggedIn ? options.IdleTimeout : options.LoginTimeout);

    /// <summary>True if the client should have logged in by now, whatever it sent meanwhile.</summary>
    public bool HasTakenTooLong => !HasLoggedIn && LoginTimeLeft <= TimeSpan.Zero;

    /// <summary>The client has to log in again, with all the time that it had for that when it came.</summary>
    public void BeginLogin() => (HasLoggedIn, _loginBegan) = (false, connection.Age);

    private TimeSpan LoginTimeLeft => options.TotalLoginTimeout + _loginBegan - connection.Age;

    /// <summary>True inside a response that is written while the message is read: if something breaks now, the client cannot be told in a way that it would understand.</summary>
    public bool InResponse { get; set; }

    /// <summary>Tells how much follows: what is sent of it goes out in one piece, as far as that is sensible.</summary>
    public void MakeRoom(long octets = BulkRoom)
    {
        if (Output.UnflushedBytes == 0)
            Output.GetMemory((int)Math.Min(octets, BulkRoom));
    }

    /// <summary>Octets as they are.</summary>
    public void Raw(ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(Output.GetSpan(octets.Length));
        Output.Advance(octets.Length);
    }

    /// <summary>Text of ASCII characters.</summary>
    public void Ascii(string text)
    {
        var span = Output.GetSpan(text.Length);
        Output.Advance(Encoding.ASCII.GetBytes(text, span));
    }

    /// <summary>Text of any characters.</summary>
    private void Utf8(string text)
    {
        var span = Output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        Output.Advance(Encoding.UTF8.GetBytes(text, span));
    }

    /// <summary>A number.</summary>
    public void Number(long number)
    {
        var span = Output.GetSpan(20);
        Utf8Formatter.TryFormat(number, span, out var written);
        Output.Advance(written);
    }

    /// <summary>The line's end.</summary>
    public void EndLine() => Raw("\r\n"u8);

    /// <summary>A string: quoted where that can carry it, otherwise a literal (RFC 3501 section 4.3).</summary>
    public void String(string text)
    {
        if (text.Length > 1000 || text.AsSpan().ContainsAnyExceptInRange('\x01', HasUtf8 ? char.MaxValue : '\x7f') || text.AsSpan().ContainsAny('\r', '\n'))
        {
            var octets = Encoding.UTF8.GetBytes(text.Replace("\0", "", StringComparison.Ordinal));
            BeginLiteral(octets.Length);
            Raw(octets);
            return;
        }

        Raw("\""u8);
        if (text.AsSpan().ContainsAny('"', '\\'))
            text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        Utf8(text);
        Raw("\""u8);
    }

    /// <summary>An atom where that can carry it, otherwise a string.</summary>
    public void AString(string text)
    {
        if (text.Length > 0 && !text.AsSpan().ContainsAnyExcept(AtomCharacters))
            Ascii(text);
        else
            String(text);
    }

    /// <summary>A string, or NIL for null.</summary>
    public void NString(string? text)
    {
        if (text is null)
            Raw("NIL"u8);
        else
            String(text);
    }

    /// <summary>Octets that may be anything, or NIL for null: a string where that can carry them, otherwise a literal8 (RFC 3516).</summary>
    public void NOctets(ReadOnlyMemory<byte>? octets)
    {
        if (octets is { } there && there.Span.Contains((byte)0))
        {
            Raw("~"u8);
            BeginLiteral(there.Length);
            Raw(there.Span);
            return;
        }

        var span = OpenSpan();
        span.NString((octets ?? default).Span, octets is not null);
        span.Close();
    }

    /// <summary>A mailbox name: in UTF-8 for a client that asked for that, otherwise in modified UTF-7 (RFC 9051 appendix A.1).</summary>
    public void Mailbox(string name) => String(HasUtf8 ? name : ModifiedUtf7.Encode(name));

    /// <summary>Announces a literal, whose octets follow.</summary>
    public void BeginLiteral(long size)
    {
        Raw("{"u8);
        Number(size);
        Raw("}\r\n"u8);
    }

    /// <summary>Room for many small pieces at once. It must be closed before anything else is written.</summary>
    public ReplySpan OpenSpan() => new(Output, HasUtf8);

    /// <summary>Copies a range of a message as the octets of a literal, waiting for a slow client.</summary>
    public async ValueTask CopyAsync(MessageBlob source, long offset, long count, CancellationToken cancel)
    {
        // A page or two of a file are read where we are: changing the thread costs more.
        var isSmall = count <= FlushThreshold;
        while (count > 0)
        {
            var memory = Output.GetMemory((int)Math.Min(count, FlushThreshold));
            if (memory.Length > count)
                memory = memory[..(int)count];
            var read = isSmall ? source.Read(memory.Span, offset) : await source.ReadAsync(memory, offset, cancel);
            if (read == 0)
                throw new EndOfStreamException("A message became shorter while it was being sent.");
            Output.Advance(read);
            offset += read;
            count -= read;
            await FlushIfLargeAsync();
        }
    }

    /// <summary>A parenthesised list of flags.</summary>
    public void Flags(MessageFlagSet flags, bool recent)
    {
        var span = OpenSpan();
        span.Flags(flags, recent);
        span.Close();
    }

    /// <summary>Sends what was written.</summary>
    public async ValueTask FlushAsync()
    {
        if (Output.UnflushedBytes == 0)
            return;

        connection.ExpectWithin(Within(options.TransferTimeout));
        try
        {
            await Output.FlushAsync(connection.Aborted);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            throw new ClientGoneException(e);
        }

        connection.ExpectWithin(Patience);
    }

    /// <summary>Sends what was written if it grew large: for replies of many lines.</summary>
    public ValueTask FlushIfLargeAsync() => Output.UnflushedBytes < FlushThreshold ? default : FlushAsync();

    private TimeSpan Within(TimeSpan time) => HasLoggedIn || time < LoginTimeLeft ? time : LoginTimeLeft;
}
