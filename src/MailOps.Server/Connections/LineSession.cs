using MailOps.Wire;

namespace MailOps.Server.Connections;

/// <summary>What a session of any protocol of lines has: the connection, the count of errors, the end, and the reading of lines.</summary>
internal abstract class LineSession(ServerConnection connection, int maxLineLength, int maxErrors)
{
    public ServerConnection Connection { get; } = connection;

    /// <summary>Errors after which the client is cut off.</summary>
    public int MaxErrors { get; } = maxErrors;

    /// <summary>Errors so far.</summary>
    public int Errors { get; set; }

    /// <summary>True when the client has had its chances and is cut off.</summary>
    public virtual bool IsWornOut => Errors >= MaxErrors;

    /// <summary>Set when the session ends after the reply that is being made.</summary>
    public bool Ended { get; private set; }

    /// <summary>False while the work under way should be finished although the server stops.</summary>
    public virtual bool MayStop => true;

    /// <summary>How long the client may be silent, or not read, in the state that the session is in.</summary>
    protected abstract TimeSpan Patience { get; }

    /// <summary>Ends the session after the reply that is being made.</summary>
    public void EndAs(ConnectionEnd end)
    {
        Ended = true;
        Connection.End = end;
    }

    /// <summary>Sets the deadline for what the client does next.</summary>
    public void ExpectProgress() => Connection.ExpectWithin(Patience);

    /// <summary>Sends what was written.</summary>
    public async ValueTask FlushAsync()
    {
        ExpectProgress();
        await Connection.Output.FlushAsync(Connection.Aborted);
    }

    /// <summary>Reads the next line. What was written is sent first, unless a whole line waits already: replies to pipelined commands go out together (RFC 2920 section 3.2).</summary>
    public ValueTask<WireLine> ReadLineAsync()
    {
        if (Connection.Output.UnflushedBytes > 0 && !Connection.Input.HasBufferedLine())
        {
            var flush = FlushAsync();
            if (!flush.IsCompletedSuccessfully)
                return ReadBehindAsync(flush);
        }

        return ReadAsync();
    }

    // A reply nearly always goes out at once: then there is no state to keep but that of the reading.
    private async ValueTask<WireLine> ReadBehindAsync(ValueTask flush)
    {
        await flush;
        return await ReadAsync();
    }

    private ValueTask<WireLine> ReadAsync()
    {
        ExpectProgress();
        return Connection.Input.ReadLineAsync(maxLineLength, Connection.Aborted);
    }
}
