using System.Runtime.ExceptionServices;
using MailOps.Maildir;

namespace MailOps.Server.Imap.Commands;

/// <summary>
/// A message on its way in by APPEND: an LF alone becomes CRLF, as the store shows it; a CR alone stays what it is. In a literal8 an LF may be
/// data, which must not be lost, as NUL is (RFC 3516 section 4.4): such a message the store cannot keep. What the disk refuses is kept
/// until all octets of the literal were taken, so that none of them is read as a command.
/// </summary>
internal sealed class AppendedOctets(IDelivery delivery, bool isBinary) : IAsyncDisposable
{
    private bool _hasNul;
    private bool _isChanged;
    private bool _afterReturn;

    /// <summary>Why the message cannot be taken; null if it can.</summary>
    public Completion? Refusal => (isBinary, _hasNul, _isChanged) switch
    {
        (true, true, _) or (true, _, true) => Completion.No(ResponseCode.UnknownCte, "Lines of text are kept here: encode parts that have NUL, or LF alone"),
        (false, true, _) => Completion.No(ResponseCode.Cannot, "A message with NUL octets cannot be kept, nor can it come but in a literal8"),
        _ => null,
    };

    /// <summary>What the disk threw, if it did.</summary>
    public ExceptionDispatchInfo? Fault { get; private set; }

    /// <summary>What has come.</summary>
    public IDelivery Delivery => delivery;

    /// <summary>Octets so far, as the store keeps them.</summary>
    public long Length => delivery.Length;

    /// <summary>Takes the next octets.</summary>
    public void Write(ReadOnlySpan<byte> octets)
    {
        if (Fault is not null)
            return;

        _hasNul |= octets.Contains((byte)0);
        try
        {
            WriteLines(octets);
        }
        catch (MailStoreException e)
        {
            Fault = ExceptionDispatchInfo.Capture(e);
        }
    }

    /// <summary>Brings what came out of memory if it is much.</summary>
    public async ValueTask DrainAsync()
    {
        if (Fault is not null)
            return;

        try
        {
            await delivery.DrainAsync();
        }
        catch (MailStoreException e)
        {
            Fault = ExceptionDispatchInfo.Capture(e);
        }
    }

    /// <summary>All octets came: brings them out of memory, since others follow.</summary>
    public ValueTask RestAsync() => delivery.RestAsync();

    public ValueTask DisposeAsync() => delivery.DisposeAsync();

    private void WriteLines(ReadOnlySpan<byte> octets)
    {
        var from = 0;
        for (var at = octets.IndexOf((byte)'\n'); at >= 0; at = Next(octets, at))
        {
            if (at > 0 ? octets[at - 1] == '\r' : _afterReturn)
                continue;
            delivery.Write(octets[from..at]);
            delivery.Write("\r"u8);
            from = at;
            _isChanged = true;
        }

        delivery.Write(octets[from..]);
        if (!octets.IsEmpty)
            _afterReturn = octets[^1] == '\r';
    }

    private static int Next(ReadOnlySpan<byte> octets, int at)
    {
        var next = octets[(at + 1)..].IndexOf((byte)'\n');
        return next < 0 ? next : at + 1 + next;
    }
}
