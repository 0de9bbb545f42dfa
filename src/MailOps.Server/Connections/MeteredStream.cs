using System.Net.Sockets;

namespace MailOps.Server.Connections;

/// <summary>A socket as a stream whose octets are counted.</summary>
internal sealed class MeteredStream(Socket socket, WireMeter meter) : NetworkStream(socket, ownsSocket: false)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (meter.HasEndedReceiving)
            return new(0);
        var reading = base.ReadAsync(buffer, cancellationToken);
        return reading.IsCompletedSuccessfully ? new(meter.Take(reading.Result)) : TakeAsync(reading);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (meter.LimitsSending)
            return WriteToLimitAsync(buffer, cancellationToken);
        meter.Give(buffer.Length);
        return base.WriteAsync(buffer, cancellationToken);
    }

    private async ValueTask<int> TakeAsync(ValueTask<int> reading) => meter.Take(await reading);

    private async ValueTask WriteToLimitAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancel)
    {
        var most = meter.MaySend(buffer.Length);
        meter.Give(most);
        await base.WriteAsync(buffer[..most], cancel);
        if (most < buffer.Length)
            throw new IOException("The connection was to end at this octet.");
    }
}
