using System.Net.Sockets;
using MailOps.Server.Queue.Administration;

namespace MailOps.Server.Queue.Control;

/// <summary>Answers on a queue's control socket, one request for each connection. Only the user whose queue it is can connect; what else a client sends costs a little memory for a few seconds.</summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private const int MostClients = 64;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _path;
    private readonly Socket _socket;
    private readonly IQueueAccess _queue;
    private readonly Action<Exception> _faulted;
    private readonly TimeSpan _patience;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _room = new(MostClients, MostClients);
    private readonly Task _accepting;

    /// <summary>Listens.</summary>
    /// <param name="path">The socket's file.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="faulted">Told what breaks.</param>
    /// <param name="patience">How long a request may take to come, and an answer to be read; null for ten seconds.</param>
    /// <inheritdoc cref="ControlSocket.Listen"/>
    public ControlServer(string path, IQueueAccess queue, Action<Exception> faulted, TimeSpan? patience = null)
    {
        (_path, _queue, _faulted, _patience) = (path, queue, faulted, patience ?? Patience);
        _socket = ControlSocket.Listen(path);
        _accepting = AcceptAsync();
    }

    /// <summary>Takes no more requests; changes that are under way end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket.Dispose();
        await _accepting;
        for (var i = 0; i < MostClients; i++)
            await _room.WaitAsync();
        ControlSocket.RemoveFile(_path);
        _room.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                await _room.WaitAsync(_stop.Token);
                _ = ServeAsync(await AcceptOneAsync());
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task<Socket> AcceptOneAsync()
    {
        while (true)
        {
            try
            {
                return await _socket.AcceptAsync(_stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException || _stop.IsCancellationRequested)
            {
                _room.Release();
                throw new OperationCanceledException(_stop.Token);
            }
            catch (SocketException e)
            {
                // No file handles left, or a client that went: neither may end this.
                _faulted(e);
                await Task.Delay(TimeSpan.FromMilliseconds(100));
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        await Task.Yield();
        try
        {
            await using var connection = new ControlConnection(client, _patience, _stop.Token);
            await new ControlSession(_queue, connection, _stop.Token).RunAsync();
        }
        catch (Exception e) when (e is IOException or SocketException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            // The client is slow or gone, or we are.
        }
#pragma warning disable CA1031 // Whatever breaks here must not end the process with an exception that nobody awaits.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _faulted(e);
        }
        finally
        {
            _room.Release();
        }
    }
}
