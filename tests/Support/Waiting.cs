using System.Diagnostics;

namespace MailOps.Tests.Support;

/// <summary>Waits for what comes by itself, a minute at the most: a machine that does much else is slow.</summary>
internal static class Waiting
{
    /// <summary>How long is waited.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Waits until something holds.</summary>
    /// <param name="holds">Whether it does.</param>
    /// <param name="complaint">What is said if it does not in that time.</param>
    /// <exception cref="TimeoutException">It did not.</exception>
    public static Task UntilAsync(Func<bool> holds, Func<string> complaint) => UntilAsync(() => Task.FromResult(holds()), complaint);

    /// <inheritdoc cref="UntilAsync(Func{bool}, Func{string})"/>
    public static async Task UntilAsync(Func<Task<bool>> holds, Func<string> complaint)
    {
        for (var begun = Stopwatch.GetTimestamp(); !await holds(); await Task.Delay(10))
        {
            if (Stopwatch.GetElapsedTime(begun) > Patience)
                throw new TimeoutException(complaint());
        }
    }
}
