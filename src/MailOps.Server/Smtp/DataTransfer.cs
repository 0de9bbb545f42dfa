using MailOps.Server.Connections;
using MailOps.Smtp;
using MailOps.Wire;

namespace MailOps.Server.Smtp;

/// <summary>Gives DATA's go-ahead, and moves the octets that follow from the pipe into a message.</summary>
internal static class DataTransfer
{
    /// <summary>
    /// Receives up to the final dot. A message that is too large or that the disk does not take is read to its end all
    /// the same, so that the client hears why; one that never ends is cut off.
    /// </summary>
    public static async ValueTask<DataOutcome> ReceiveAsync(SmtpSession session, IncomingMessage message)
    {
        using var reception = session.Connection.TakeMessage();
        session.Write(new SmtpReply(354, null, "End data with <CR><LF>.<CR><LF>"));
        await session.FlushAsync();
        return await TakeAsync(session, message);
    }

    private static async ValueTask<DataOutcome> TakeAsync(SmtpSession session, IncomingMessage message)
    {
        var decoder = default(DotStuffedDecoder);
        var normalizer = new NormalizingDecoder(isDotted: true);
        DotStuffedDecoder.Sink sink = message.Take;
        var connection = session.Connection;
        var pace = new DataPace(session);
        while (true)
        {
            var read = await connection.Input.ReadAsync(connection.Aborted);
            pace.Count(read.Buffer.Length);
            var before = 0L;
            foreach (var segment in read.Buffer)
            {
                var outcome = session.Options.NormalizeLineEnds
                    ? normalizer.Decode(segment.Span, sink, out var consumed)
                    : decoder.Decode(segment.Span, sink, out consumed);
                before += consumed;
                if (outcome is DotStuffedDecoder.Outcome.More)
                    continue;

                connection.Input.AdvanceTo(read.Buffer.GetPosition(before));
                return outcome switch
                {
                    DotStuffedDecoder.Outcome.Done => message.Fault ?? DataOutcome.Complete,
                    DotStuffedDecoder.Outcome.Nul => DataOutcome.Nul,
                    _ => DataOutcome.BareLineEnd,
                };
            }

            connection.Input.AdvanceTo(read.Buffer.End);
            await message.DrainAsync();
            if (session.Overdue is { } overdue)
                return overdue;
            if (read.IsCompleted || message.Size > session.Options.MostOctetsRead)
                return DataOutcome.Disconnected;
        }
    }
}
