using System.Globalization;
using System.Net;
using MailOps.Tests.Support;

namespace MailOps.Interop.Tests.Queue;

/// <summary>A sendmail on loopback that relays all it is given, by domain, to ports of 127.0.0.1. It offers DELIVERBY with a least time of 60 seconds.</summary>
internal sealed class NeighbourSendmail : IAsyncDisposable
{
    // Two mail transport agents cannot be installed in one Debian: this one is unpacked.
    private const string Program = "/opt/sendmail/usr/libexec/sendmail/sendmail";

    private readonly PrivateFolder _folder = new();
    private PeerProcess? _process;

    public string Log => _process?.Output + (File.Exists(_folder.Of("traffic")) ? File.ReadAllText(_folder.Of("traffic")) : "");

    /// <param name="port">The port that it listens on.</param>
    /// <param name="ports">Where mail for each domain goes.</param>
    public static async Task<NeighbourSendmail> StartAsync(int port, IReadOnlyDictionary<string, int> ports)
    {
        if (!File.Exists(Program))
            Peers.Miss($"'{Program}' is not there; unpack Debian's sendmail-bin into /opt/sendmail.");
        Peers.RequireRoot("sendmail, run privately,");
        var unshare = Peers.Require("unshare", "util-linux");
        var sendmail = new NeighbourSendmail();
        try
        {
            await sendmail.BeginAsync(unshare, port, ports);
            return sendmail;
        }
        catch
        {
            await sendmail.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _folder.Dispose();
    }

    private async Task BeginAsync(string unshare, int port, IReadOnlyDictionary<string, int> ports)
    {
        Directory.CreateDirectory(_folder.Of("queue"));
        _folder.Write("switch", "hosts files\n");
        var configuration = _folder.Write("sendmail.cf", string.Create(CultureInfo.InvariantCulture, $$"""
            V10/Berkeley
            Djmx.sendmail.test
            Cwmx.sendmail.test
            DnMAILER-DAEMON
            O QueueDirectory={{_folder.Of("queue")}}
            O PidFile={{_folder.Of("pid")}}
            O ServiceSwitchFile={{_folder.Of("switch")}}
            O DaemonPortOptions=Addr=127.0.0.1,Port={{port}},Name=MTA
            O DeliveryMode=background
            O DontBlameSendmail=GroupWritableDirPathSafe
            O DefaultUser=nobody:nogroup
            O Timeout.ident=0
            O DeliverByMin=60
            O ConnectionCacheSize=0
            O OperatorChars=.:%@!^/[]+

            Scanonify=3
            R$@{{"\t"}}$@ <@>
            R$*<$*>$*{{"\t"}}$: $2
            R$@{{"\t"}}$@ <@>
            R$+@$+{{"\t"}}$@ $1<@$2>

            Sfinal=4
            R$*<@$+>{{"\t"}}$1@$2

            Sparse=0
            {{string.Join("\n", ports.Select(one => $"R$*<@{one.Key}>\t$#smtp $@ {one.Value} $: $1<@{one.Key}>"))}}
            R$+{{"\t"}}$#error $@ 5.1.2 $: "550 no such domain"

            Mlocal, P=/bin/false, F=l, A=false
            Mprog, P=/bin/false, F=l, A=false
            Msmtp, P=[IPC], F=mDFMuXa, E=\r\n, L=990, T=DNS/RFC822/SMTP, A=TCP [127.0.0.1] $h

            """));
        // It waits for a minute where its machine's name has no dot: it gets one of its own.
        _process = await PeerProcess.StartAsync(unshare, ["-u", "sh", "-c", $"hostname mx.sendmail.test && exec {Program} -C {configuration} -bD -X {_folder.Of("traffic")}"]);
        await ListeningPorts.WaitForAsync(IPAddress.Loopback, port, () => Log);
    }
}
