"""Les sources autres que le tableau des apprentis : formats en données, un même diagnostic, correspondance libre."""
