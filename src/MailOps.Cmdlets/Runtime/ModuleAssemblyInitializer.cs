using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.Loader;

namespace MailOps.Cmdlets.Runtime;

/// <summary>Runs when the module is imported and removed: opens the way to our assemblies, and stops what the session left running.</summary>
public sealed class ModuleAssemblyInitializer : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private static readonly Lock Gate = new();

    // Runspaces of one process import the module each for itself (ForEach-Object -Parallel, thread jobs).
    private static readonly HashSet<Guid> Importers = [];

    /// <inheritdoc/>
    public void OnImport()
    {
        lock (Gate)
        {
            if (Importers.Count == 0)
                AssemblyLoadContext.Default.Resolving += DependencyContext.Resolve;

            Importers.Add(ThisRunspace);
        }
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        ModuleLifetime.StopAllOf(ThisRunspace);
        lock (Gate)
        {
            if (Importers.Remove(ThisRunspace) && Importers.Count == 0)
                AssemblyLoadContext.Default.Resolving -= DependencyContext.Resolve;
        }
    }

    internal static Guid ThisRunspace => Runspace.DefaultRunspace?.InstanceId ?? Guid.Empty;
}
