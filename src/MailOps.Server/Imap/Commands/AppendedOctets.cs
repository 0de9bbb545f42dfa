using System.Runtime.ExceptionServices;
using MailOps.Maildir;

namespace MailOps.Server.Imap.Commands;

/// <summary>
/// A message on its way in by APPEND: bare LF and CR become CRLF, as the store keeps it. In a literal8 they may be data, which must not be
/// lost, as NUL is (RFC 3516 section 4.4): such a message the store cannot keep. What the disk refuses is kept
/// until all octets of the literal were taken, so that none of them is read as a command.
/// </summary>
internal sealed class AppendedOctets(IDelivery delivery, bool isBinary) : IAsyncDisposable
{
    private bool _hasNul;
    private bool _isChanged;
    private bool _afterReturn;

    /// <summary>Why the message cannot be taken; null if it can.</summary>
    public Completion? Refusal => (isBinary, _hasNul, _isChanged || _afterReturn) switch
    {
        (true, true, _) or (true, _, true) => Completion.No(ResponseCode.UnknownCte, "Lines of text are kept here: encode parts that have NUL, or CR or LF alone"),
        (false, true, _) => Completion.No(ResponseCode.Cannot, "A message with NUL octets cannot be kept, nor can it come but in a literal8"),
        _ => null,
    };

    /// <summary>What the disk threw, if it did.</summary>
    public ExceptionDispatchInfo? Fault { get; private set; }

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
    public ValueTask RestAsync()
    {
        Finish();
        return delivery.RestAsync();
    }

    /// <summary>All octets came.</summary>
    public IDelivery Finish()
    {
        if (_afterReturn)
            delivery.Write("\n"u8);
        _afterReturn = false;
        return delivery;
    }

    public ValueTask DisposeAsync() => delivery.DisposeAsync();

    private void WriteLines(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            if (_afterReturn)
            {
                _afterReturn = false;
                delivery.Write("\n"u8);
                if (octets[0] == (byte)'\n')
                {
                    octets = octets[1..];
                    continue;
                }

                _isChanged = true;
            }

            var (end, skip) = WellFormed(octets);
            if (end > 0)
                delivery.Write(octets[..end]);
            if (end < octets.Length)
            {
                delivery.Write("\r"u8);
                _afterReturn = true;
                // A bare LF is complete with its CR; a CR waits for what comes next.
                if (octets[end] == (byte)'\n')
                {
                    delivery.Write("\n"u8);
                    _afterReturn = false;
                    _isChanged = true;
                }
            }

            octets = octets[Math.Min(octets.Length, end + skip)..];
        }
    }

    // How far the octets are already as they should be, and what stops that: a bare CR or LF, or a CR at the end.
    private static (int End, int Skip) WellFormed(ReadOnlySpan<byte> octets)
    {
        var at = 0;
        while (true)
        {
            var stop = octets[at..].IndexOfAny((byte)'\r', (byte)'\n');
            if (stop < 0)
                return (octets.Length, 0);
            at += stop;
            if (octets[at] == (byte)'\r' && at + 1 < octets.Length && octets[at + 1] == (byte)'\n')
                at += 2;
            else
                return (at, 1);
            if (at == octets.Length)
                return (at, 0);
        }
    }
}
