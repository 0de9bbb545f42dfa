using System.IO.Pipelines;
using MailOps.Server.Connections;

namespace MailOps.Server.Smtp;

/// <summary>Moves the octets that BDAT counted from the pipe: all of them, and not one more.</summary>
internal static class ChunkTransfer
{
    /// <summary>Receives a chunk.</summary>
    /// <param name="session">The session.</param>
    /// <param name="octets">How many there are.</param>
    /// <param name="take">Gets what came, in order; or null where it is dropped.</param>
    /// <returns><see cref="DataOutcome.Complete"/> if all came.</returns>
    public static async ValueTask<DataOutcome> ReceiveAsync(SmtpSession session, long octets, ChunkSink? take)
    {
        var connection = session.Connection;
        using var reception = connection.TakeMessage();
        var pace = new DataPace(session);
        while (octets > 0)
        {
            var read = await ReadAsync(session);
            var part = read.Buffer.Slice(0, Math.Min(octets, read.Buffer.Length));
            octets -= part.Length;
            pace.Count(part.Length);
            foreach (var segment in part)
                take?.Take(segment.Span);
            connection.Input.AdvanceTo(part.End);
            if (take is not null)
                await take.DrainAsync();
            if (octets > 0 && session.Overdue is { } overdue)
                return overdue;
            if (octets > 0 && read.IsCompleted)
                return DataOutcome.Disconnected;
        }

        return DataOutcome.Complete;
    }

    // Replies to what was pipelined before are sent before there is a wait (RFC 2920 section 3.2).
    private static async ValueTask<ReadResult> ReadAsync(SmtpSession session)
    {
        var connection = session.Connection;
        if (connection.Input.TryRead(out var waiting))
            return waiting;
        if (connection.Output.UnflushedBytes > 0)
            await session.FlushAsync();
        return await connection.Input.ReadAsync(connection.Aborted);
    }
}
