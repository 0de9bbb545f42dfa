using System.Diagnostics;
using System.Globalization;
using System.Text;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes.Pop3;

/// <summary>Processes that save and remove mail (tests/MailOps.Pop3Worker) are killed at any moment. Nothing is lost, and no more is repeated than was said.</summary>
public sealed class Pop3KillTests : IAsyncDisposable
{
    private const int Count = 150;
    private const int Kills = 12;

    private readonly PrivateFolder _folder = new();
    private readonly StandInMaildrop _server = new();
    private readonly Dictionary<string, string> _texts = [];

    public Pop3KillTests()
    {
        for (var i = 0; i < Count; i++)
        {
            var uidl = i.ToString(CultureInfo.InvariantCulture);
            _texts.Add(uidl, $"Subject: {i}\r\n\r\n.{new string('x', i * 37 % 5000)}\r\n");
            _server.Put(uidl, _texts[uidl]);
        }
    }

    private string Mail => _folder.Of("mail");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Files_are_there_once_each_and_only_what_is_there_is_deleted()
    {
        await KillAsync("files", () => Directory.GetFiles(Mail, "*.eml"));
        var files = Directory.GetFiles(Mail);
        Assert.Equal(_texts.Keys.Select(uidl => uidl + ".eml").Order(StringComparer.Ordinal), files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(_texts, one => Assert.Equal(one.Value, File.ReadAllText(Path.Join(Mail, one.Key + ".eml"), Encoding.Latin1)));
    }

    [Fact]
    public async Task A_Maildir_has_each_and_for_each_kill_one_twice_at_the_most()
    {
        await KillAsync("maildir", () => Directory.Exists(Path.Join(Mail, "new")) ? Directory.GetFiles(Path.Join(Mail, "new")) : []);
        var contents = Directory.GetFiles(Path.Join(Mail, "new")).Select(file => File.ReadAllText(file, Encoding.Latin1)).ToList();
        Assert.Equal(_texts.Values.Order(StringComparer.Ordinal), contents.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        Assert.InRange(contents.Count, Count, Count + Kills);
    }

    private async Task KillAsync(string kind, Func<string[]> saved)
    {
        var random = new Random(kind.Length);
        for (var kill = 0; kill < Kills; kill++)
        {
            // One of three is killed where it ends the session, the others where they save.
            using (var worker = Start(kind))
            {
                await UntilAsync(worker, kill % 3 == 2 ? "ending" : "open");
                await Task.Delay(random.Next(kill % 3 == 2 ? 3 : 40));
                worker.Kill();
                await worker.WaitForExitAsync();
            }

            var contents = saved().Select(file => File.ReadAllText(file, Encoding.Latin1)).ToHashSet(StringComparer.Ordinal);
            var left = _server.Messages.Select(one => one.Uidl).ToHashSet(StringComparer.Ordinal);
            Assert.All(_texts.Where(one => !left.Contains(one.Key)), gone => Assert.Contains(gone.Value, contents));
            if (left.Count == 0)
                Refill();
        }

        using var last = Start(kind);
        await UntilAsync(last, "done");
        await last.WaitForExitAsync();
        Assert.Empty(_server.Messages);

        // Nobody is remembered whose message is gone, and nothing is left that kept others out.
        Assert.Equal(2, File.ReadAllLines(_folder.Of("state")).Length);
        Assert.Equal(["state", "state.lock"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    // One that got to its end before it was killed: the rest has something to do all the same.
    private void Refill()
    {
        foreach (var (uidl, text) in _texts)
            _server.Put(uidl, text);
        Directory.Delete(Mail, recursive: true);
        File.Delete(_folder.Of("state"));
    }

    private Process Start(string kind)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in new[] { Path.Join(AppContext.BaseDirectory, "MailOps.Pop3Worker.dll"), _server.Options.Port.ToString(CultureInfo.InvariantCulture), Mail, _folder.Of("state"), kind })
            start.ArgumentList.Add(argument);
        start.Environment["DOTNET_TieredPGO"] = "0";
        return Process.Start(start)!;
    }

    private static async Task UntilAsync(Process worker, string line)
    {
        while (await worker.StandardOutput.ReadLineAsync() is { } said)
        {
            if (said == line)
                return;
        }

        throw new InvalidOperationException($"The worker ended before it said '{line}'.");
    }
}
