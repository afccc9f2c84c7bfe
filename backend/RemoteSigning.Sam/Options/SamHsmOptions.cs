using RemoteSigning.Cryptoki;
using RemoteSigning.Cryptoki.Worker;

namespace RemoteSigning.Sam.Options;

/// <summary>The section <c>Sam:Hsm</c>.</summary>
internal sealed class SamHsmOptions : HsmOptions
{
    /// <summary>With any of its limits set, the module is loaded by a process of its own. Without, by this one.</summary>
    public HsmWorkerOptions? Worker { get; set; }
}
