namespace MailOps.TestCmdlets;

/// <summary>What the works of the test cmdlets did, for the specs to look at.</summary>
public static class PumpProbe
{
    private static readonly Lock Gate = new();
    private static int _running;

    public static int Started { get; private set; }

    public static int Completed { get; private set; }

    public static int Cancelled { get; private set; }

    public static int MostAtOnce { get; private set; }

    public static int Running => Volatile.Read(ref _running);

    /// <summary>Set once any work has begun.</summary>
    public static ManualResetEventSlim Begun { get; } = new();

    public static void Reset()
    {
        lock (Gate)
        {
            (Started, Completed, Cancelled, MostAtOnce) = (0, 0, 0, 0);
            Begun.Reset();
        }
    }

    internal static async Task<T> TrackAsync<T>(Func<Task<T>> work)
    {
        lock (Gate)
        {
            Started++;
            MostAtOnce = Math.Max(MostAtOnce, ++_running);
            Begun.Set();
        }

        var completed = false;
        try
        {
            var result = await work().ConfigureAwait(false);
            completed = true;
            return result;
        }
        finally
        {
            lock (Gate)
            {
                _running--;
                if (completed)
                    Completed++;
                else
                    Cancelled++;
            }
        }
    }
}
