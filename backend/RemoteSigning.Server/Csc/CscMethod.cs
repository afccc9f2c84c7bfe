namespace RemoteSigning.Server.Csc;

/// <summary>A method of the CSC API, by the name that it has in <c>info.methods</c> and in the path.</summary>
internal sealed record CscMethod(string Name, Delegate Handler)
{
    /// <summary>First version that has it, in this form.</summary>
    public int Since { get; init; }

    /// <summary>Last version that has it, in this form.</summary>
    public int Until { get; init; } = int.MaxValue;

    /// <summary>Some clients send a method without parameters as GET.</summary>
    public bool AlsoGet { get; init; }

    /// <summary>Whether clients may use it.</summary>
    public bool IsOffered { get; init; } = true;

    /// <summary>The method that is called; null outside of <c>/csc</c>.</summary>
    public static CscMethod? Of(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<CscMethod>();

    public bool IsIn(CscFace face) => face.Version >= Since && face.Version <= Until;
}
