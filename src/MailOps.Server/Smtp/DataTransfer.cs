using System.Text;
using MailOps.Maildir;
using MailOps.Server.Connections;
using MailOps.Wire;

namespace MailOps.Server.Smtp;

/// <summary>Moves the octets after DATA's go-ahead from the pipe into a delivery.</summary>
internal sealed class DataTransfer(SmtpSession session, IDelivery delivery)
{
    // How far beyond four times the largest message a sender is listened to.
    private const long Slack = 64 * 1024 * 1024;

    private DataOutcome? _fault;
    private long _size;

    /// <summary>
    /// Receives up to the final dot. A message that is too large or that the disk does not take is read to its end all
    /// the same, so that the client hears why; one that never ends is cut off.
    /// </summary>
    /// <param name="trace">The trace lines, written before the first octet.</param>
    public async ValueTask<DataOutcome> ReceiveAsync(string trace)
    {
        var decoder = default(DotStuffedDecoder);
        DotStuffedDecoder.Sink sink = Take;
        var connection = session.Connection;
        Store(Encoding.UTF8.GetBytes(trace));
        while (true)
        {
            connection.ExpectWithin(session.Options.Timeout);
            var read = await connection.Input.ReadAsync(connection.Aborted);
            var before = 0L;
            foreach (var segment in read.Buffer)
            {
                var outcome = decoder.Decode(segment.Span, sink, out var consumed);
                before += consumed;
                if (outcome is DotStuffedDecoder.Outcome.More)
                    continue;

                connection.Input.AdvanceTo(read.Buffer.GetPosition(before));
                return outcome switch
                {
                    DotStuffedDecoder.Outcome.Done => _fault ?? DataOutcome.Complete,
                    DotStuffedDecoder.Outcome.Nul => DataOutcome.Nul,
                    _ => DataOutcome.BareLineEnd,
                };
            }

            connection.Input.AdvanceTo(read.Buffer.End);
            await DrainAsync();
            if (connection.Interruption is ConnectionEnd.TimedOut)
                return DataOutcome.TimedOut;
            if (read.IsCompleted || _size > 4 * session.Options.MaxMessageSize + Slack)
                return DataOutcome.Disconnected;
        }
    }

    private void Take(ReadOnlySpan<byte> octets)
    {
        _size += octets.Length;
        if (_size > session.Options.MaxMessageSize)
            _fault ??= DataOutcome.TooLarge;
        Store(octets);
    }

    private void Store(ReadOnlySpan<byte> octets)
    {
        if (_fault is not null)
            return;

        try
        {
            delivery.Write(octets);
        }
        catch (MailStoreException e)
        {
            Fail(e);
        }
    }

    private async ValueTask DrainAsync()
    {
        if (_fault is not null)
            return;

        try
        {
            await delivery.DrainAsync();
        }
        catch (MailStoreException e)
        {
            Fail(e);
        }
    }

    private void Fail(MailStoreException e)
    {
        _fault = e.Fault is StoreFault.Full ? DataOutcome.StorageFull : DataOutcome.StorageBroken;
        session.Connection.Publish(new SessionFaulted { Exception = e });
    }
}
