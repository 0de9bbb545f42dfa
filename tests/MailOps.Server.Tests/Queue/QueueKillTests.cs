using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>
/// A process that takes mail into a queue and sends it on is killed at random moments, and started again. <c>MAILOPS_KILLS</c> says how
/// often, <c>MAILOPS_KILLS_SEED</c> when.
/// </summary>
public sealed class QueueKillTests(ITestOutputHelper output)
{
    private static readonly int Kills = Number("MAILOPS_KILLS", 8);
    private static readonly int Seed = Number("MAILOPS_KILLS_SEED", 1);

    private readonly ConcurrentDictionary<string, string[]> _promised = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _errors = [];
    private int _aside;

    [Fact]
    public async Task Every_message_that_was_promised_arrives_and_none_twice_whose_answer_was_written_down()
    {
        using var folder = new PrivateFolder();
        await using var b = new NextServer();
        await using var c = new NextServer { Answer = line => line.Contains("gone@", StringComparison.Ordinal) ? "550 5.1.1 No such user" : line.Contains("busy@", StringComparison.Ordinal) && Random.Shared.Next(2) == 0 ? "450 4.2.1 Busy" : null };
        var random = new Random(Seed);
        for (var life = 0; life < Kills; life++)
        {
            (b.Life, c.Life) = (life, life);
            using var worker = Start(folder.Path, $"k{life}", random.Next(), writers: 3, b, c);
            var working = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var reading = ReadAsync(worker, working);

            // However long a busy machine takes to start it.
            await Task.WhenAny(reading, working.Task);
            await Task.WhenAny(reading, Task.Delay(random.Next(600)));
            worker.Kill();
            await worker.WaitForExitAsync();
            await reading;
        }

        (b.Life, c.Life) = (Kills, Kills);
        using (var last = Start(folder.Path, "last", 0, writers: 0, b, c))
        {
            await ReadAsync(last, new TaskCompletionSource()).WaitAsync(TimeSpan.FromMinutes(2));
            Assert.Equal(0, last.ExitCode);
        }

        Assert.True(_errors.IsEmpty, string.Join("\n", _errors.Take(3)));
        Check(b, c, folder.Path);
    }

    private void Check(NextServer b, NextServer c, string root)
    {
        var arrived = b.Taken.Concat(c.Taken).SelectMany(taken => taken.Recipients.Select(recipient => (Key: (Subject(taken.Text), recipient), taken.Life)))
            .GroupBy(one => one.Key, one => one.Life).ToDictionary(group => group.Key, group => group.ToList());
        var expected = _promised.SelectMany(message => message.Value.Where(recipient => recipient != "gone@c.example").Select(recipient => (message.Key, recipient))).ToList();
        Assert.True(expected.Count >= Kills, $"Only {expected.Count} were promised.");
        Assert.DoesNotContain(expected, one => !arrived.ContainsKey(one));

        // The answer to a copy came in a life that was killed: it may not have been written down. Within one life nothing is sent twice.
        var doubled = arrived.Where(one => one.Value.Count > 1).ToList();
        Assert.All(doubled, one => Assert.Equal(one.Value.Count, one.Value.Distinct().Count()));

        var reports = Directory.GetFiles(Path.Join(root, "mail", "here.example", "ann", "new")).Select(file => Subject(File.ReadAllText(file))).GroupBy(subject => subject, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        var failed = _promised.Where(message => message.Value.Contains("gone@c.example", StringComparer.Ordinal)).Select(message => message.Key).ToList();
        Assert.DoesNotContain(failed, subject => !reports.ContainsKey(subject));
        output.WriteLine($"{Kills} kills: {_promised.Count} messages promised for {expected.Count} recipients, {doubled.Count} arrived twice because the answer was lost with the process; {failed.Count} reports, {reports.Count(report => report.Value > 1)} twice; {_aside} halves set aside");
        Assert.InRange(doubled.Count, 0, Kills * 40);
    }

    private async Task ReadAsync(Process worker, TaskCompletionSource working)
    {
        while (await worker.StandardOutput.ReadLineAsync() is { } line)
        {
            var fields = line.Split('\t');
            if (fields[0] == "promised")
            {
                _promised[fields[1]] = fields[2].Split(' ');
                working.TrySetResult();
            }
            else if (fields[0] == "aside")
                _aside++;
            else if (fields[0] == "error")
                _errors.Enqueue(fields[1]);
        }

        await worker.WaitForExitAsync();
    }

    private static Process Start(string root, string name, int seed, int writers, NextServer b, NextServer c)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in new[] { Path.Join(AppContext.BaseDirectory, "MailOps.QueueWorker.dll"), root, name, Text(seed), Text(writers), Text(b.Target.Port!.Value), Text(c.Target.Port!.Value) })
            start.ArgumentList.Add(argument);
        start.Environment["DOTNET_TieredPGO"] = "0";
        return Process.Start(start)!;
    }

    private static string Subject(string text)
    {
        // Of a report the last is the message's.
        var start = text.LastIndexOf("Subject: ", StringComparison.Ordinal) + "Subject: ".Length;
        return text[start..text.IndexOf('\r', start)];
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
