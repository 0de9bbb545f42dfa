using System.Runtime.ExceptionServices;
using MailOps.Maildir;

namespace MailOps.Server.Imap.Commands;

/// <summary>
/// A message on its way in by APPEND: bare LF and CR become CRLF, as the store keeps it. What the disk refuses is kept
/// until all octets of the literal were taken, so that none of them is read as a command.
/// </summary>
internal sealed class AppendedOctets(IDelivery? delivery) : IAsyncDisposable
{
    private ExceptionDispatchInfo? _fault;
    private bool _afterReturn;

    /// <summary>True if an octet was NUL, which RFC 3501 allows in no literal.</summary>
    public bool HasNul { get; private set; }

    /// <summary>Takes the next octets.</summary>
    public void Write(ReadOnlySpan<byte> octets)
    {
        if (delivery is null || _fault is not null)
            return;

        HasNul |= octets.Contains((byte)0);
        try
        {
            WriteLines(octets);
        }
        catch (MailStoreException e)
        {
            _fault = ExceptionDispatchInfo.Capture(e);
        }
    }

    /// <summary>Brings what came out of memory if it is much.</summary>
    public async ValueTask DrainAsync()
    {
        if (delivery is null || _fault is not null)
            return;

        try
        {
            await delivery.DrainAsync();
        }
        catch (MailStoreException e)
        {
            _fault = ExceptionDispatchInfo.Capture(e);
        }
    }

    /// <summary>All octets came. Throws what the disk threw, if it did.</summary>
    public IDelivery Finish()
    {
        _fault?.Throw();
        if (_afterReturn)
            delivery!.Write("\n"u8);
        return delivery!;
    }

    public ValueTask DisposeAsync() => delivery?.DisposeAsync() ?? default;

    private void WriteLines(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            if (_afterReturn)
            {
                _afterReturn = false;
                delivery!.Write("\n"u8);
                if (octets[0] == (byte)'\n')
                {
                    octets = octets[1..];
                    continue;
                }
            }

            var (end, skip) = WellFormed(octets);
            if (end > 0)
                delivery!.Write(octets[..end]);
            if (end < octets.Length)
            {
                delivery!.Write("\r"u8);
                _afterReturn = true;
                // A bare LF is complete with its CR; a CR waits for what comes next.
                if (octets[end] == (byte)'\n')
                {
                    delivery.Write("\n"u8);
                    _afterReturn = false;
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
