using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Pop3;

/// <summary>Programs that people read mail with open a maildrop, take a message out of it octet by octet, and delete another.</summary>
public sealed class ReaderTests
{
    [Theory, MemberData(nameof(ReadMaildrop.Ways), MemberType = typeof(ReadMaildrop))]
    public async Task Mutt_reads_and_deletes(string way)
    {
        var mutt = Peers.Require("mutt", "mutt");
        await using var server = await ReadMaildrop.StartAsync();
        using var home = new PrivateFolder();
        var copy = home.Of("copy");
        var isImplicit = way == "implicit";
        var configuration = home.WriteSecret("muttrc", FormattableString.Invariant($"""
            set folder="{home.Path}"
            set pop_user="{ReadMaildrop.Account}"
            set pop_pass="{ReadMaildrop.Password}"
            set pop_delete=yes
            set pop_reconnect=no
            set ssl_starttls={(way == "STLS" ? "yes" : "no")}
            set ssl_force_tls={(way == "plain" ? "no" : "yes")}
            set certificate_file="{CertificateIn(home)}"
            set delete=yes
            set move=no
            set sleep_time=0
            set wait_key=no
            set pipe_decode=no
            set sort=date-sent
            set quit=yes
            push "<first-entry><pipe-message>cat > {copy}<enter><next-entry><delete-message><sync-mailbox><quit>"

            """));
        var port = server.Port(MailProtocol.Pop3, isImplicit ? TlsMode.Implicit : TlsMode.StartTls);
        // It needs a terminal, which script gives it.
        var run = await PeerCommand.RunAsync(
            "/usr/bin/script",
            ["-qec", FormattableString.Invariant($"'{mutt}' -n -F '{configuration}' -f {(isImplicit ? "pops" : "pop")}://localhost:{port}/"), "/dev/null"],
            environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = home.Path, ["TERM"] = "xterm", ["COLUMNS"] = "80", ["LINES"] = "24" });

        Assert.True(File.Exists(copy), run.Output + run.Error);
        Assert.Equal(ReadMaildrop.Odd, await File.ReadAllTextAsync(copy));
        await ReadMaildrop.OnlyOddIsLeftAsync(server, way);
    }

    [Theory, MemberData(nameof(ReadMaildrop.Ways), MemberType = typeof(ReadMaildrop))]
    public async Task Snail_reads_and_deletes(string way)
    {
        var snail = Peers.Require("s-nail", "s-nail");
        await using var server = await ReadMaildrop.StartAsync();
        using var home = new PrivateFolder();
        var copy = home.Of("copy");
        var isImplicit = way == "implicit";
        var port = server.Port(MailProtocol.Pop3, isImplicit ? TlsMode.Implicit : TlsMode.StartTls);
        var url = FormattableString.Invariant($"{(isImplicit ? "pop3s" : "pop3")}://{Uri.EscapeDataString(ReadMaildrop.Account)}:{ReadMaildrop.Password}@localhost:{port}");
        var run = await PeerCommand.RunAsync(
            snail,
            ["-:/", "-Sv15-compat", "-Spop3-auth=plain", way == "STLS" ? "-Spop3-use-starttls" : "-Snopop3-use-starttls", "-Stls-verify=strict", "-Stls-ca-no-defaults", $"-Stls-ca-file={CertificateIn(home)}", "-f", url],
            input: $"copy 1 {copy}\ndelete 2\nquit\n",
            environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = home.Path, ["LC_ALL"] = "C.UTF-8", ["MAILRC"] = "/dev/null" });

        Assert.True(File.Exists(copy), run.Output + run.Error);
        // An mbox: a line of its own before the message, and an empty one behind.
        var lines = await File.ReadAllTextAsync(copy);
        Assert.StartsWith("From ", lines, StringComparison.Ordinal);
        Assert.Equal(ReadMaildrop.Odd, lines[(lines.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
        await ReadMaildrop.OnlyOddIsLeftAsync(server, way);
    }

    private static string CertificateIn(PrivateFolder home) => home.Write("server.pem", TestCertificate.Localhost.ExportCertificatePem());
}
