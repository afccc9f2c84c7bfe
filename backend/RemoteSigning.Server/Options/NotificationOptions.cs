namespace RemoteSigning.Server.Options;

/// <summary>The section <c>Notifications</c>: how applications are told that asynchronous signatures are ready.</summary>
internal sealed class NotificationOptions
{
    /// <summary>PEM file with the one root under which their servers' certificates are; without it the roots of the system.</summary>
    public string? TrustedRoot { get; set; }
}
