namespace MailOps.Server.Connections;

/// <summary>Counts what crosses a connection's wire, TLS and all, in octets; and ends the connection at an octet where that was asked for.</summary>
internal sealed class WireMeter
{
    private long _received;
    private long _sent;
    private long _mostReceived = long.MaxValue;
    private long _mostSent = long.MaxValue;

    /// <summary>Octets that came.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Octets that went.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>True if sending ends at an octet.</summary>
    public bool LimitsSending => Volatile.Read(ref _mostSent) != long.MaxValue;

    /// <summary>True once nothing more is read, whatever comes.</summary>
    public bool HasEndedReceiving => Received >= Volatile.Read(ref _mostReceived);

    /// <summary>After so many octets more the client seems to be gone.</summary>
    public void EndReceivingAfter(long octets) => Volatile.Write(ref _mostReceived, Received + octets);

    /// <summary>After so many octets more nothing is sent.</summary>
    public void EndSendingAfter(long octets) => Volatile.Write(ref _mostSent, Sent + octets);

    /// <summary>Counts octets that came.</summary>
    /// <returns>How many of them the session sees: none is the end of what the client sends.</returns>
    public int Take(int octets)
    {
        var before = _received;
        Volatile.Write(ref _received, before + octets);
        return (int)Math.Clamp(Volatile.Read(ref _mostReceived) - before, 0, octets);
    }

    /// <summary>Counts octets that went.</summary>
    public void Give(int octets) => Volatile.Write(ref _sent, _sent + octets);

    /// <summary>How many of so many octets may still be sent.</summary>
    public int MaySend(int octets) => (int)Math.Clamp(Volatile.Read(ref _mostSent) - Sent, 0, octets);
}
