using System.Globalization;

namespace MailOps.Bench;

/// <summary>The ports of a server that is soaked.</summary>
internal readonly record struct SoakPorts(int Smtp, int Lmtp, int Pop3, int Imap);

/// <summary>Good and hostile clients together for a long time, and at the end a look at what is in the store.</summary>
internal static class Soak
{
    private const int Accounts = 20;

    /// <summary>Runs the clients, half of them hostile; same seed, same choices.</summary>
    /// <param name="ports">SMTP, LMTP, POP3 and IMAP, with commas.</param>
    /// <param name="store">The server's store.</param>
    /// <param name="sessions">How many clients at once.</param>
    /// <param name="seconds">For how long.</param>
    /// <param name="seed">What the dice start from.</param>
    internal static async Task<int> RunAsync(string ports, string store, int sessions, int seconds, int seed)
    {
        var numbers = ports.Split(',').Select(static port => int.Parse(port, CultureInfo.InvariantCulture)).ToArray();
        var to = new SoakPorts(numbers[0], numbers[1], numbers[2], numbers[3]);
        var ledger = new SoakLedger();
        var good = new SoakClients(to, ledger, Accounts);
        var hostile = new SoakAttackers(to, ledger);
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        var unexpected = 0;
        await Task.WhenAll(Enumerable.Range(0, sessions).Select(async number =>
        {
            var dice = new Random(HashCode(seed, number));
            await Task.Yield();
            while (!over.IsCancellationRequested)
            {
                try
                {
                    // A good client ends its session even when time is up: what it was answered must be known.
                    if (number % 2 == 0)
                    {
                        using var hangs = new CancellationTokenSource(TimeSpan.FromMinutes(2));
                        await good.RunAsync(dice, hangs.Token);
                    }
                    else
                    {
                        await hostile.RunAsync(dice, over.Token);
                    }
                }
                catch (OperationCanceledException) when (over.IsCancellationRequested)
                {
                }
                catch (Exception broken)
                {
                    Interlocked.Increment(ref unexpected);
                    ledger.Count($"unexpected: {(number % 2 == 0 ? "good" : "hostile")}: {broken.GetType().Name}: {broken.Message}");
                    await Task.Delay(1000, CancellationToken.None);
                }
            }
        }));
        var whole = ledger.Check(store);
        Console.WriteLine($"unexpected\t{unexpected}");
        return whole && unexpected == 0 ? 0 : 1;
    }

    // Not System.HashCode, whose values differ from process to process.
    private static int HashCode(int seed, int number) => unchecked((seed * 7919) + number);
}
