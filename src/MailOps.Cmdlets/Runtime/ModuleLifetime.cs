namespace MailOps.Cmdlets.Runtime;

/// <summary>
/// What must end with the module: servers and sessions register here how they are stopped. Removing the module stops
/// what its runspace started; the end of the process stops everything.
/// </summary>
internal static class ModuleLifetime
{
    // A process that ends, or a module that is removed, waits this long and no longer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly Lock Gate = new();
    private static readonly List<Registration> Registrations = [];
    private static bool _watchingExit;

    /// <summary>Registers something to stop. Call it on the pipeline thread that starts it; dispose the result once it has been stopped otherwise.</summary>
    /// <param name="stop">Stops it; the token is cancelled when patience runs out.</param>
    public static IDisposable StopWithModule(Func<CancellationToken, Task> stop)
    {
        var registration = new Registration(ModuleAssemblyInitializer.ThisRunspace, stop);
        lock (Gate)
        {
            Registrations.Add(registration);
            if (!_watchingExit)
            {
                _watchingExit = true;
                AppDomain.CurrentDomain.ProcessExit += static (_, _) => StopAll(static _ => true);
            }
        }

        return registration;
    }

    /// <summary>Stops what a runspace registered, and waits for it.</summary>
    public static void StopAllOf(Guid runspace) => StopAll(one => one.Runspace == runspace);

    // Removal and process exit are synchronous calls of the host: this wait is bounded by the patience above.
    private static void StopAll(Predicate<Registration> which)
    {
        Registration[] stopping;
        lock (Gate)
        {
            stopping = [.. Registrations.Where(one => which(one))];
            Registrations.RemoveAll(which);
        }

        if (stopping.Length == 0)
            return;

        using var patience = new CancellationTokenSource(Patience);
        var all = Task.WhenAll(stopping.Select(one => Task.Run(() => StopQuietlyAsync(one, patience.Token))));
        all.GetAwaiter().GetResult();
    }

    private static async Task StopQuietlyAsync(Registration one, CancellationToken patience)
    {
#pragma warning disable CA1031 // One that fails to stop must not keep the others running; there is nobody to tell at this point.
        try
        {
            await one.Stop(patience).WaitAsync(patience).ConfigureAwait(false);
        }
        catch (Exception failed)
        {
            System.Diagnostics.Trace.TraceWarning("MailOps: stopping at the end of the module failed: {0}", failed);
        }
#pragma warning restore CA1031
    }

    private sealed record Registration(Guid Runspace, Func<CancellationToken, Task> Stop) : IDisposable
    {
        public void Dispose()
        {
            lock (Gate)
                Registrations.Remove(this);
        }
    }
}
