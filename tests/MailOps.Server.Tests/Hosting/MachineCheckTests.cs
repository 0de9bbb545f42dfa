using System.Net;
using MailOps.Server.Hosting;
using MailOps.Server.Hosting.Configuration;
using MailOps.Server.Tests.Hosting.Configuration;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Hosting;

/// <summary>What a server needs of its machine: a look at it tells what a start would fail at, and leaves nothing behind.</summary>
public sealed class MachineCheckTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailops-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("store below a file", "StorePath", MailServerFault.StoreNotWritable)]
    [InlineData("log without a folder", "Authentication.FailureLogPath", MailServerFault.InvalidOptions)]
    [InlineData("log that is a folder", "Authentication.FailureLogPath", MailServerFault.InvalidOptions)]
    [InlineData("log that is a pipe", "Authentication.FailureLogPath", MailServerFault.InvalidOptions)]
    [InlineData("log that leads to a pipe", "Authentication.FailureLogPath", MailServerFault.InvalidOptions)]
    [InlineData("address of others", "Listeners", MailServerFault.AddressUnavailable)]
    [InlineData("metrics at an address of others", "Metrics", MailServerFault.AddressUnavailable)]
    [InlineData("socket without a folder", "Listeners", MailServerFault.SocketPathUnusable)]
    [InlineData("socket where a file is", "Listeners", MailServerFault.SocketPathUnusable)]
    [InlineData("socket with a long path", "Listeners", MailServerFault.SocketPathUnusable)]
    public async Task What_a_start_fails_at_is_told_before(string which, string setting, MailServerFault fault)
    {
        await File.WriteAllTextAsync(At("file"), "", TestContext.Current.CancellationToken);
        if (which.EndsWith("pipe", StringComparison.Ordinal))
        {
            Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo of Linux");
            await PrivateFolder.RunAsync("mkfifo", At("pipe"));
            File.CreateSymbolicLink(At("link"), At("pipe"));
        }

        var others = IPAddress.Parse("203.0.113.1");
        var options = Options();
        options = which switch
        {
            "store below a file" => options with { StorePath = At("file", "store") },
            "log without a folder" => WithLog(options, At("none", "logins.log")),
            "log that is a folder" => WithLog(options, _folder),
            "log that is a pipe" => WithLog(options, At("pipe")),
            "log that leads to a pipe" => WithLog(options, At("link")),
            "address of others" => options with { Endpoints = [new MailEndpoint(MailProtocol.Imap, TlsMode.StartTls, others, 0)] },
            "metrics at an address of others" => options with { MetricsEndpoint = new IPEndPoint(others, 0) },
            "socket without a folder" => options with { Endpoints = [MailEndpoint.AtPath(At("none", "lmtp"))] },
            "socket where a file is" => options with { Endpoints = [MailEndpoint.AtPath(At("file"))] },
            _ => options with { Endpoints = [MailEndpoint.AtPath(At(new string('x', 120)))] },
        };
        var before = Files();
        var problem = Assert.Single(MachineCheck.Problems(options));
        Assert.Equal(before, Files());
        Assert.Equal(setting, problem.Setting);
        var thrown = await Assert.ThrowsAsync<MailServerException>(() => MailServer.StartAsync(options));
        Assert.Equal(fault, thrown.Fault);
        if (which is not ("log without a folder" or "log that is a folder") && which != "store below a file")
            Assert.Equal(thrown.Message, problem.Message);
        Assert.Contains(" cannot ", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_runs_is_in_nobodys_way()
    {
        var options = WithLog(Options(), At("logins.log"));
        if (!OperatingSystem.IsWindows())
            options = options with { Endpoints = [.. options.Endpoints, MailEndpoint.AtPath(At("lmtp"))] };
        Assert.Empty(MachineCheck.Problems(options));
        Assert.Empty(Files());
        await using var server = await MailServer.StartAsync(options);
        var before = Files();
        Assert.Empty(MachineCheck.Problems(options with { Endpoints = server.Endpoints }));
        Assert.Equal(before, Files());
    }

    [Fact]
    public void Problems_have_the_lines_of_their_settings()
    {
        var root = ConfigurationTests.Root(("StorePath", "store"), ("ListenAddress", "203.0.113.1"), ("HostName", "mx.example.com"), ("Metrics", new (string, object?)[] { ("Port", 0), ("Address", "203.0.113.2") }));
        var options = MailServerConfiguration.Read(root, _folder).Options!;
        var problems = MailServerConfiguration.ProblemsHere(root, options);
        Assert.Equal([(2, "ListenAddress"), (4, "Metrics")], problems.Select(problem => (problem.Line, problem.Setting)));
        Assert.StartsWith("ListenAddress: The address 203.0.113.1 is not one of this machine; cannot listen on 203.0.113.1:25 (Smtp)", problems[0].Message, StringComparison.Ordinal);
    }

    private MailServerOptions Options() => new()
    {
        StorePath = At("store"),
        HostName = "mx.example.com",
        Endpoints = [new MailEndpoint(MailProtocol.Imap, TlsMode.StartTls, IPAddress.Loopback, 0)],
    };

    private static MailServerOptions WithLog(MailServerOptions options, string path) => options with { Authentication = options.Authentication with { FailureLogPath = path } };

    private string At(params string[] names) => Path.Combine([_folder, .. names]);

    private string[] Files() => [.. Directory.GetFileSystemEntries(_folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
