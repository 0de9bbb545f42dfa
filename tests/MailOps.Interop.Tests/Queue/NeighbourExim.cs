using System.Globalization;
using System.Net;
using MailOps.Tests.Support;

namespace MailOps.Interop.Tests.Queue;

/// <summary>An Exim on an address of its own that has the domain <c>exim.test</c>, and takes mail for <c>here.test</c> back to a port of 127.0.0.1.</summary>
internal sealed class NeighbourExim : IAsyncDisposable
{
    // Two mail transport agents cannot be installed in one Debian: this one is unpacked.
    private const string Program = "/opt/exim4/usr/sbin/exim4";

    private readonly PrivateFolder _folder = new();
    private PeerProcess? _process;

    public static IPAddress Address { get; } = IPAddress.Parse("127.0.0.3");

    /// <summary>Where its mail arrives, a file each.</summary>
    public string Mail => _folder.Of("mail/new");

    public string Log => _process?.Output + (File.Exists(_folder.Of("spool/log_main")) ? File.ReadAllText(_folder.Of("spool/log_main")) : "");

    /// <param name="port">The port that it listens on.</param>
    /// <param name="backPort">Where mail for <c>here.test</c> goes.</param>
    public static async Task<NeighbourExim> StartAsync(int port, int backPort)
    {
        if (!File.Exists(Program))
            Peers.Miss($"'{Program}' is not there; unpack Debian's exim4-daemon-light into /opt/exim4, with a user Debian-exim.");
        Peers.RequireRoot("Exim, run privately,");
        var exim = new NeighbourExim();
        try
        {
            await exim.BeginAsync(port, backPort);
            return exim;
        }
        catch
        {
            await exim.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _folder.Dispose();
    }

    private async Task BeginAsync(int port, int backPort)
    {
        foreach (var folder in new[] { "spool", "mail" })
        {
            Directory.CreateDirectory(_folder.Of(folder));
            await PrivateFolder.RunAsync("chown", "Debian-exim", _folder.Of(folder));
        }

        var configuration = _folder.Write("exim.conf", string.Create(CultureInfo.InvariantCulture, $"""
            exim_path = {Program}
            exim_user = Debian-exim
            exim_group = Debian-exim
            primary_hostname = mx.exim.test
            spool_directory = {_folder.Of("spool")}
            log_file_path = {_folder.Of("spool")}/log_%s
            pid_file_path = {_folder.Of("spool")}/pid
            local_interfaces = {Address}
            daemon_smtp_ports = {port}
            keep_environment =
            never_users =
            acl_smtp_rcpt = accept
            host_lookup =
            rfc1413_query_timeout = 0s
            smtp_accept_max = 50
            smtp_accept_queue_per_connection = 0
            queue_run_max = 4
            begin routers
            back:
              driver = manualroute
              domains = here.test
              transport = out
              route_list = * 127.0.0.1::{backPort}
              self = send
            local:
              driver = accept
              domains = exim.test
              transport = keep
            begin transports
            out:
              driver = smtp
              port = {backPort}
              interface = {Address}
              tls_verify_certificates =
              tls_try_verify_hosts =
            keep:
              driver = appendfile
              directory = {_folder.Of("mail")}
              maildir_format
              user = Debian-exim
            begin retry
            * * F,1h,5s

            """));
        _process = await PeerProcess.StartAsync(Program, ["-C", configuration, "-bdf", "-q5s"]);
        await ListeningPorts.WaitForAsync(Address, port, () => Log);
    }
}
