using System.Globalization;
using Xunit;

namespace MailOps.Tests.Support;

/// <summary>A real PostgreSQL for one test, on a port of loopback, whose user mailops needs no password. It is as durable as ever: what tests kill are its clients.</summary>
public sealed class PrivatePostgres : IAsyncDisposable
{
    private readonly PrivateFolder _folder = new();
    private readonly int _port = FreePort.Next();
    private PeerProcess? _process;

    private PrivatePostgres()
    {
    }

    /// <summary>A store in it.</summary>
    public string Store => string.Create(CultureInfo.InvariantCulture, $"postgresql://mailops@localhost:{_port}/postgres?sslmode=disable");

    /// <summary>Starts one; skips the test where that is not possible.</summary>
    public static async Task<PrivatePostgres> StartAsync()
    {
        var postgres = new PrivatePostgres();
        try
        {
            await postgres.RunAsync();
            return postgres;
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
            await process.DisposeAsync();
        _folder.Dispose();
    }

    // It refuses to run as root, and is run as its own user then.
    private async Task RunAsync()
    {
        var programs = (Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : []).Select(version => Path.Join(version, "bin")).LastOrDefault(bin => File.Exists(Path.Join(bin, "initdb")));
        if (programs is null)
            Peers.Miss("'initdb' is not installed; install it with: apt-get install postgresql");
        var data = _folder.Of("data");
        Directory.CreateDirectory(data);
        string[] asUser = [];
        if (Environment.IsPrivilegedProcess)
        {
            (await PeerCommand.RunAsync("chown", ["postgres", data])).Succeeded();
            asUser = [Peers.Require("setpriv", "util-linux"), "--reuid=postgres", "--regid=postgres", "--clear-groups"];
        }

        string[] init = [.. asUser, Path.Join(programs, "initdb"), "-D", data, "-U", "mailops", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
        (await PeerCommand.RunAsync(init[0], init[1..])).Succeeded();
        string[] serve = [.. asUser, Path.Join(programs, "postgres"), "-D", data, "-p", _port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="];
        _process = await PeerProcess.StartAsync(serve[0], serve[1..], _port);
        await Waiting.UntilAsync(() => _process.Output.Contains("ready to accept", StringComparison.Ordinal), () => $"PostgreSQL does not get ready: {_process.Output}");
    }
}
