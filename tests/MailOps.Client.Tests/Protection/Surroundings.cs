namespace MailOps.Client.Tests.Protection;

/// <summary>Where a stranger puts words of his own into a multipart/signed.</summary>
public enum Surroundings
{
    /// <summary>A third part.</summary>
    Part,

    /// <summary>In front of the first boundary.</summary>
    Preamble,

    /// <summary>Behind the last boundary.</summary>
    Epilogue,
}
