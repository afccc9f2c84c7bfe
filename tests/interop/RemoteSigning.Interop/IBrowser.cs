namespace RemoteSigning.Interop;

/// <summary>A running browser.</summary>
internal interface IBrowser : IDisposable
{
    /// <summary>Has it open a page; when this returns it may still be loading.</summary>
    Task OpenAsync(string page, CancellationToken cancel);

    /// <summary>How often it has asked for a PIN.</summary>
    Task<int> CountPromptsAsync(CancellationToken cancel);
}
